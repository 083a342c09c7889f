/**
 * Every operation of every service, asked in all the wrong ways: none of them answers 5xx, and whatever is refused is a problem that
 * says where it is wrong. The operations are those of the OpenAPI documents that the running services show: some come with the start only.
 */
import { randomUUID } from 'node:crypto';
import { startPostgres } from '@hikyaku/service/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serviceNames, type ServiceName, startShop, unreachable } from './in-process.ts';
import { type Document, type Target, targetsOf, type WildRequest, wildRequests } from './wild-requests.ts';

const runs = 15 * Number(process.env.FUZZ_EXTENT ?? '1');
const operatorPassword = 'wild operator';

const postgres = await startPostgres();
const shop = await startShop(postgres, { OPERATOR_PASSWORD: operatorPassword, LATE_ANSWER_MS: '0' });
const operations = await Promise.all(
  serviceNames.map(async (service) => {
    const answer = await shop.services[service].http.inject('/openapi.json');
    return targetsOf(answer.json<Document>()).map((target) => ({ service, ...target }));
  }),
);

/** What is sent as Authorization: nobody, somebody who is not, a customer, an operator, the shop itself. */
let credentials: readonly string[];

beforeAll(async () => {
  const customer = { email: `${randomUUID()}@example.jp`, password: 'correct horse', name: '花子' };
  await post('/users', customer);
  const tokens = await Promise.all(
    [customer, { email: 'operator@shop.example', password: operatorPassword }].map(
      async ({ email, password }) => (await post('/auth/token', { email, password })).access_token,
    ),
  );
  credentials = ['', 'Bearer forged', 'Basic x', ...[...tokens, unreachable.API_KEY].map((token) => `Bearer ${String(token)}`)];
}, 60_000);

afterAll(async () => {
  await shop.close();
  await postgres.stop();
}, 30_000);

async function post(path: string, body: unknown): Promise<Record<string, unknown>> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return (await (await fetch(shop.at['user-service'] + path, init)).json()) as Record<string, unknown>;
}

describe.each(operations.flat())('$service: $method $path', ({ service, ...target }: Target & { service: ServiceName }) => {
  test('answers what is wrong with a problem, and never breaks', async () => {
    const request = fc.record({ wild: wildRequests(target), who: fc.nat({ max: 5 }) });
    await fc.assert(
      fc.asyncProperty(request, async ({ wild, who }) => {
        await check(await send(shop.at[service], wild, credentials[who] ?? ''), isPage(target.path));
      }),
      { numRuns: runs },
    );
  }, 120_000);
});

test('every service that consumes events lets operators at its dead letters', async () => {
  const consumers = await Promise.all(
    serviceNames.map(async (service) => {
      const answer = await shop.services[service].http.inject('/asyncapi.json');
      const actions = Object.values(answer.json<{ operations?: Record<string, { action: string }> }>().operations ?? {});
      return actions.some(({ action }) => action === 'receive') ? [service] : [];
    }),
  );
  const replaying = operations.flat().filter(({ path }) => path === '/dead-letters/replay');
  expect(consumers.flat()).toContain('product-service');
  expect(replaying.map(({ service }) => service)).toEqual(expect.arrayContaining(consumers.flat()));
});

function send(base: string, { method, url, headers, body }: WildRequest, authorization: string): Promise<Response> {
  const sent = { ...headers, ...(authorization === '' ? {} : { authorization }) };
  return fetch(base + url, { method, headers: sent, redirect: 'manual', ...(body === undefined ? {} : { body }) });
}

/** The bank's page is for people, and says in HTML what is wrong. */
const isPage = (path: string): boolean => path.startsWith('/3ds/');

async function check(response: Response, isForPeople: boolean): Promise<void> {
  const text = await response.text();
  expect(response.status, text).toBeLessThan(500);
  if (response.status < 400 || (isForPeople && response.headers.get('content-type')?.startsWith('text/html'))) return;
  expect(response.headers.get('content-type'), text).toBe('application/problem+json');
  const problem = JSON.parse(text) as { status: number; errors?: unknown };
  expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status: response.status });
  if (problem.errors !== undefined)
    for (const error of problem.errors as unknown[])
      expect(error).toMatchObject({ in: expect.any(String), pointer: expect.stringMatching(/^#/), detail: expect.any(String) });
}
