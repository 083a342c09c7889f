import { afterAll, beforeAll, expect, it } from 'vitest';
import { createService, tokenSettings, Type } from '../index.ts';
import { startIssuer, startPostgres, testSettings, until, type TestIssuer, type TestPostgres } from '../testing/index.ts';

let postgres: TestPostgres;
let issuer: TestIssuer;
let close: () => Promise<void>;
let url: string;
let isBroken = true;
let handled = 0;

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  for (const name of ['own', 'events']) await postgres.createDatabase(name);
  const service = await createService({
    name: 'kitchen',
    version: '0',
    config: {
      DATABASE_URL: Type.String(),
      BROKER_URL: Type.String(),
      ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
    },
    env: {
      ...testSettings,
      DATABASE_URL: postgres.url('own'),
      BROKER_URL: postgres.url('events'),
      JWKS_URL: issuer.jwksUrl,
    },
  });
  service.bus.subscribe({ group: 'kitchen', topics: ['dish.*'], attempts: 1 }, () => {
    if (isBroken) return Promise.reject(new Error('no flour'));
    handled++;
    return Promise.resolve();
  });
  ({ url } = await service.start());
  close = () => service.close();
  await service.database.transaction((tx) => service.bus.publish(tx, { id: 'e1', type: 'dish.ordered', data: { dish: 'udon' } }));
});
afterAll(async () => {
  await close();
  issuer.close();
  await postgres.stop();
});

async function ask(path: string, { roles = ['operator'], body }: { roles?: string[]; body?: unknown } = {}) {
  const headers = { authorization: `Bearer ${await issuer.tokenOf('u1', { roles })}`, 'content-type': 'application/json' };
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url + path, {
    ...init,
    headers: body === undefined ? { authorization: headers.authorization } : headers,
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

it('shows operators what was given up and why, and gives it another chance', async () => {
  const letters = await until('the dead letter', async () => {
    const items = (await ask('/dead-letters')).body.items as { id: string }[];
    return items.length > 0 && items;
  });
  expect(letters).toMatchObject([{ group: 'kitchen', reason: 'no flour', event: { id: 'e1', data: { dish: 'udon' } } }]);
  isBroken = false;
  expect((await ask('/dead-letters/replay', { body: { ids: ['not one of them'] } })).body).toEqual({ replayed: 0 });
  expect((await ask('/dead-letters/replay', { body: { ids: letters.map(({ id }) => id) } })).body).toEqual({ replayed: 1 });
  await until('the replayed event', () => handled === 1);
  expect((await ask('/dead-letters')).body).toEqual({ items: [] });
});

it('is for operators only, and says what is wrong with a request', async () => {
  expect((await ask('/dead-letters', { roles: [] })).status).toBe(403);
  expect((await ask('/dead-letters/replay', { roles: [], body: {} })).status).toBe(403);
  for (const bad of [ask('/dead-letters?limit=0'), ask('/dead-letters/replay', { body: { ids: [] } })]) {
    const { status, type, body } = await bad;
    expect([status, type]).toEqual([400, 'application/problem+json']);
    expect(body.errors).toHaveLength(1);
  }
});
