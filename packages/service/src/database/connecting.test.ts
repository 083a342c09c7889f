/** A service whose database is away for longer than a moment: what callers are told, and how soon. */
import { Type, type TString } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createService, type Service } from '../index.ts';
import { startPostgres, testSettings, until, type TestPostgres } from '../testing/index.ts';

let postgres: TestPostgres;
let service: Service<{ DATABASE_URL: TString }>;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  service = await createService({
    name: 'shelf',
    version: '0',
    config: { DATABASE_URL: Type.String() },
    env: { ...testSettings, DATABASE_URL: postgres.url('postgres') },
  });
  service.http.get('/books', async () => ({ books: await service.database.one('SELECT 7 AS count') }));
  ({ url } = await service.start());
}, 30_000);
afterAll(async () => {
  await service.close();
  await postgres.stop();
});

async function ask(): Promise<{ status: number; retryAfter: string | null; detail: unknown; tookMs: number }> {
  const began = performance.now();
  const response = await fetch(`${url}/books`);
  const { detail } = (await response.json()) as { detail?: unknown };
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    detail,
    tookMs: performance.now() - began,
  };
}

async function breaker(): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return /^guard_breaker_state\{guard="database",state="([^"]+)"[^}]*\} 1$/m.exec(text)?.[1];
}

it('waits for it at first, then refuses at once with 503 and a time to come again, and notices that it is back', async () => {
  expect(await ask()).toMatchObject({ status: 200 });
  expect(await breaker()).toBe('closed');
  await postgres.crash();
  // The children of a killed server answer until they notice, and a statement that was on its way fails without anybody having waited.
  await until(
    'a call that has waited in vain',
    async () => {
      await ask();
      return (await breaker()) === 'open';
    },
    30_000,
  );

  // Nobody waits any more: a hundred refusals take less than the patience of one.
  const refusals = await Promise.all(Array.from({ length: 100 }, ask));
  for (const refusal of refusals)
    expect(refusal).toMatchObject({
      status: 503,
      retryAfter: '1',
      detail: expect.stringContaining('database'),
      tookMs: expect.any(Number),
    });
  expect(Math.max(...refusals.map(({ tookMs }) => tookMs))).toBeLessThan(3000);

  await postgres.revive();
  await until('the first answer', async () => (await ask()).status === 200, 30_000);
  expect(await breaker()).toBe('closed');
}, 90_000);

it('refuses those that would wait behind too many others', async () => {
  const { promise: enough, resolve: letGo } = Promise.withResolvers<undefined>();
  const holding = Array.from({ length: 6 }, () =>
    service.database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      await enough;
    }),
  );
  const waiting = Array.from({ length: 600 }, () =>
    service.database.one('SELECT 1 AS one').then(
      () => 'answered',
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'other'),
    ),
  );
  const refused = await Promise.race(waiting);
  letGo(undefined);
  await Promise.all(holding);
  const outcomes = await Promise.all(waiting);
  expect(refused).toBe('GUARD_BUSY');
  expect(new Set(outcomes)).toEqual(new Set(['answered', 'GUARD_BUSY']));
  expect(outcomes.filter((outcome) => outcome === 'answered').length).toBeGreaterThan(400);
});
