import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres, testSettings, type TestPostgres, until } from '@hikyaku/service/testing';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUserService } from './user-service.ts';

type Json = Record<string, unknown>;

const hanako = { email: 'Hanako@Example.jp', password: 'correct horse', name: '花子' };
const operator = { email: 'operator@shop.example', password: 'the first password' };
const anOrder = { id: randomUUID(), status: 'confirmed', items: [], totalYen: 1480, createdAt: '2026-01-02T03:04:05.000Z' };

let postgres: TestPostgres;
let orders: Server;
let ordersAnswer: { status: number; body: Json };
let ordersCalledWith: string | undefined;
let service: Awaited<ReturnType<typeof createUserService>>;
let url: string;
/** What was published. */
const told: Json[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('user_service');
  await postgres.createDatabase('events');
  orders = createServer((request, response) => {
    ordersCalledWith = request.headers.authorization;
    response.writeHead(ordersAnswer.status, { 'content-type': 'application/json' }).end(JSON.stringify(ordersAnswer.body));
  });
  const port = await freePort();
  service = await createUserService({
    DATABASE_URL: postgres.url('user_service'),
    BROKER_URL: postgres.url('events'),
    ORDER_SERVICE_URL: await listen(orders),
    JWKS_URL: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    ...testSettings,
    PORT: String(port),
    OPERATOR_PASSWORD: operator.password,
  });
  service.bus.subscribe({ group: 'observer', topics: ['user.*'] }, ({ type, data }) => {
    told.push({ type, ...(data as Json) });
    return Promise.resolve();
  });
  ({ url } = await service.start());
});

afterAll(async () => {
  await service.close();
  orders.close();
  await postgres.stop();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = new URL(await listen(server));
  await new Promise((resolve) => server.close(resolve));
  return Number(port);
}

async function post(path: string, body: unknown): Promise<{ status: number; headers: Headers; body: Json }> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

async function signedUp(email = `${randomUUID()}@example.jp`): Promise<{ id: string; token: string }> {
  const { body } = await post('/users', { ...hanako, email });
  const { body: answer } = await post('/auth/token', { email, password: hanako.password });
  return { id: String(body.id), token: String(answer.access_token) };
}

const ordersOf = (id: string, token: string) =>
  fetch(`${url}/users/${id}/orders`, { headers: { authorization: `Bearer ${token}` } });

describe('opening an account', () => {
  test('answers with the account, and nothing about the password', async () => {
    const { status, body } = await post('/users', hanako);
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(String), email: hanako.email, name: '花子', locale: 'ja' });
  });

  test('is refused for an address that is taken, in whatever case', async () => {
    await post('/users', hanako);
    const { status, body } = await post('/users', { ...hanako, email: 'hanako@EXAMPLE.JP' });
    expect(status).toBe(409);
    expect(body.type).toBe('urn:shop:problem:email_taken');
  });

  test('of the same address twice at once makes one account', async () => {
    const email = `${randomUUID()}@example.jp`;
    const answers = await Promise.all([1, 2].map(() => post('/users', { ...hanako, email })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test.each([
    [{ ...hanako, password: 'short' }, '#/password'],
    [{ ...hanako, email: 'nobody' }, '#/email'],
    [{ ...hanako, name: '  ' }, '#/name'],
    [{ email: 'a@example.jp', password: 'long enough' }, '#/name'],
  ])('says what is wrong with %j', async (account, pointer) => {
    const { status, body } = await post('/users', account);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ pointer }]);
    expect(JSON.stringify(body)).not.toContain(account.password);
  });
});

describe('signing in', () => {
  test('gives a token that the published keys verify', async () => {
    const { id, token } = await signedUp();
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: 'http://user-service:8080', audience: 'shop' });
    expect(payload.sub).toBe(id);
    expect(protectedHeader.alg).toBe('ES256');
  });

  test('publishes no private key', async () => {
    const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: Json[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty('d');
  });

  test('answers as OAuth says, and is not cached', async () => {
    await post('/users', { ...hanako, email: 'oauth@example.jp' });
    const { status, headers, body } = await post('/auth/token', { email: 'OAuth@example.jp', password: hanako.password });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('gives the same answer for a wrong password and for an unknown address', async () => {
    await post('/users', { ...hanako, email: 'same@example.jp' });
    const wrong = await post('/auth/token', { email: 'same@example.jp', password: 'wrong horse' });
    const unknown = await post('/auth/token', { email: 'nobody@example.jp', password: 'wrong horse' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect({ ...wrong.body, instance: undefined }).toEqual({ ...unknown.body, instance: undefined });
    expect(wrong.headers.get('www-authenticate')).toContain('Bearer');
  });
});

describe('roles', () => {
  const rolesIn = (token: unknown) => decodeJwt(String(token)).roles;

  test('are in the token of the operator, and of nobody who opens an account', async () => {
    expect(rolesIn((await post('/auth/token', operator)).body.access_token)).toEqual(['operator']);
    const email = `${randomUUID()}@example.jp`;
    const opened = await post('/users', { ...hanako, email, roles: ['operator'] });
    expect([opened.status, opened.body.roles]).toEqual([201, undefined]);
    const { body } = await post('/auth/token', { email, password: hanako.password });
    expect(rolesIn(body.access_token)).toBeUndefined();
  });

  test('the operator has the password that was configured last', async () => {
    const replaced = 'the second password';
    const again = await createUserService({
      DATABASE_URL: postgres.url('user_service'),
      BROKER_URL: postgres.url('events'),
      ...testSettings,
      OPERATOR_PASSWORD: replaced,
    });
    await again.start();
    await again.close();
    expect((await post('/auth/token', operator)).status).toBe(401);
    const { status, body } = await post('/auth/token', { ...operator, password: replaced });
    expect([status, rolesIn(body.access_token)]).toEqual([200, ['operator']]);
  });
});

/** With a token of the user. */
async function as(token: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
}

describe('a profile', () => {
  test('is read and changed by its owner, in part', async () => {
    const { id, token } = await signedUp();
    expect((await as(token, 'GET', `/users/${id}`)).body).toMatchObject({ id, name: '花子', locale: 'ja' });
    expect((await as(token, 'PATCH', `/users/${id}`, { locale: 'en' })).body).toMatchObject({ name: '花子', locale: 'en' });
    expect((await as(token, 'PATCH', `/users/${id}`, { name: ' Hanako ' })).body).toMatchObject({ name: 'Hanako', locale: 'en' });
  });

  test('is told to others when it is opened and when it changes', async () => {
    const { id, token } = await signedUp();
    await as(token, 'PATCH', `/users/${id}`, { name: 'Hanako', locale: 'en' });
    const own = await until('both events', () => {
      const events = told.filter(({ userId }) => userId === id);
      return events.length === 2 ? events : undefined;
    });
    const email = expect.stringContaining('@example.jp');
    expect(own).toContainEqual({ type: 'user.registered', userId: id, email, name: '花子', locale: 'ja' });
    expect(own).toContainEqual({ type: 'user.updated', userId: id, email, name: 'Hanako', locale: 'en' });
  });

  test('is nobody else’s to see or change', async () => {
    const [one, other] = await Promise.all([signedUp(), signedUp()]);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['GET', '/sessions'],
      ['GET', '/addresses'],
      ['POST', '/addresses'],
    ] as const) {
      const body = { PATCH: { name: 'X' }, POST: home, GET: undefined }[method];
      expect([method, path, (await as(other.token, method, `/users/${one.id}${path}`, body)).status]).toEqual([
        method,
        path,
        404,
      ]);
    }
    expect((await fetch(`${url}/users/${one.id}`)).status).toBe(401);
  });

  test.each([
    [{}, '#'],
    [{ name: ' ' }, '#/name'],
    [{ locale: 'fr' }, '#/locale'],
    [{ roles: ['operator'] }, '#/roles'],
  ])('says what is wrong with %j', async (patch, pointer) => {
    const { id, token } = await signedUp();
    const { status, body } = await as(token, 'PATCH', `/users/${id}`, patch);
    expect(status).toBe(400);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });
});

describe('a session', () => {
  async function signedIn(): Promise<{ id: string; access: string; refresh: string }> {
    const email = `${randomUUID()}@example.jp`;
    const { body: user } = await post('/users', { ...hanako, email });
    const { body } = await post('/auth/token', { email, password: hanako.password });
    return { id: String(user.id), access: String(body.access_token), refresh: String(body.refresh_token) };
  }
  const refreshed = (token: string) => post('/auth/refresh', { refresh_token: token });

  test('goes on with each refresh token, used once', async () => {
    const { id, refresh } = await signedIn();
    const { status, body } = await refreshed(refresh);
    expect(status).toBe(200);
    expect(decodeJwt(String(body.access_token)).sub).toBe(id);
    expect(body.refresh_token).not.toBe(refresh);
    expect((await refreshed(String(body.refresh_token))).status).toBe(200);
  });

  /** As if every refresh token of the user had been used so much earlier. */
  const past = (id: string, seconds: number) =>
    service.database.query(
      `UPDATE refresh_tokens SET used_at = used_at - $2 * interval '1 second'
        WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.user_id = $1)`,
      [id, seconds],
    );

  test('goes on when the answer to a refresh was lost, if it is asked for again soon', async () => {
    const { id, refresh } = await signedIn();
    await refreshed(refresh);
    await past(id, 29);
    const again = await refreshed(refresh);
    expect(again.status).toBe(200);
    expect((await refreshed(String(again.body.refresh_token))).status).toBe(200);
  });

  test('ends when two go on with it, at the next refresh of the second', async () => {
    const { id, refresh } = await signedIn();
    const [one, other] = [await refreshed(refresh), await refreshed(refresh)];
    const { status, body } = await refreshed(String(one.body.refresh_token));
    expect(status).toBe(200);
    await past(id, 31);
    expect((await refreshed(String(other.body.refresh_token))).status).toBe(401);
    expect((await refreshed(String(body.refresh_token))).status).toBe(401);
  });

  test('ends when a refresh token comes again later, for whoever has the next one too', async () => {
    const { id, access, refresh } = await signedIn();
    const { body } = await refreshed(refresh);
    await past(id, 31);
    const again = await refreshed(refresh);
    expect([again.status, again.body.type]).toEqual([401, 'urn:shop:problem:session_ended']);
    expect((await refreshed(String(body.refresh_token))).status).toBe(401);
    expect((await as(access, 'GET', `/users/${id}/sessions`)).body.items).toEqual([]);
  });

  test('gives two tabs that refresh at the same time a token each, either of which is good', async () => {
    const { refresh } = await signedIn();
    const answers = await Promise.all([refreshed(refresh), refreshed(refresh)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const next = await Promise.all(answers.map(({ body }) => refreshed(String(body.refresh_token))));
    expect(next.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('ends when its owner signs out', async () => {
    const { access, refresh } = await signedIn();
    expect((await as(access, 'POST', '/auth/logout', { refresh_token: refresh })).status).toBe(204);
    expect((await refreshed(refresh)).status).toBe(401);
    expect((await as(access, 'POST', '/auth/logout', { refresh_token: 'nonsense' })).status).toBe(204);
  });

  test('is listed among the others of its owner, who can end it', async () => {
    const { id, access, refresh } = await signedIn();
    const { body } = await as(access, 'GET', `/users/${id}/sessions`);
    const items = body.items as Json[];
    expect(items).toMatchObject([{ current: true, userAgent: expect.any(String), expiresAt: expect.any(String) }]);
    const path = `/users/${id}/sessions/${String(items[0]?.id)}`;
    expect((await as((await signedIn()).access, 'DELETE', path)).status).toBe(404);
    expect((await as(access, 'DELETE', path)).status).toBe(204);
    expect((await as(access, 'DELETE', path)).status).toBe(404);
    expect((await refreshed(refresh)).status).toBe(401);
  });

  test('leaves no token in the database', async () => {
    const { refresh } = await signedIn();
    const rows = await service.database.query('SELECT * FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id');
    expect(JSON.stringify(rows)).not.toContain(refresh);
    expect(rows.some(({ hash }) => hash instanceof Buffer && hash.includes(refresh))).toBe(false);
  });
});

const home = { name: '花子', postalCode: '150-0001', prefecture: '東京都', city: '渋谷区', line1: '神宮前1-2-3' };

describe('addresses', () => {
  const addressesOf = async (id: string, token: string) =>
    (await as(token, 'GET', `/users/${id}/addresses`)).body.items as Json[];

  test('are kept, changed and deleted, and one of them is the default', async () => {
    const { id, token } = await signedUp();
    const path = `/users/${id}/addresses`;
    const first = (await as(token, 'POST', path, { ...home, postalCode: '1500001' })).body;
    expect(first).toEqual({ ...home, id: expect.any(String), isDefault: true });
    const second = (await as(token, 'POST', path, { ...home, line2: 'メゾン飛脚 201' })).body;
    expect(second).toMatchObject({ line2: 'メゾン飛脚 201', isDefault: false });
    const changed = await as(token, 'PUT', `${path}/${String(second.id)}`, { ...home, city: '港区', isDefault: true });
    expect(changed.body).toEqual({ ...home, city: '港区', id: second.id, isDefault: true });
    expect(await addressesOf(id, token)).toEqual([{ ...first, isDefault: false }, changed.body]);
    expect((await as(token, 'DELETE', `${path}/${String(second.id)}`)).status).toBe(204);
    expect(await addressesOf(id, token)).toEqual([first]);
    expect((await as(token, 'DELETE', `${path}/${String(second.id)}`)).status).toBe(404);
  });

  test('stay 20 at most, with one default, also when many come at once', async () => {
    const { id, token } = await signedUp();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => as(token, 'POST', `/users/${id}/addresses`, { ...home, isDefault: true })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.filter(({ body }) => body.type === 'urn:shop:problem:too_many_addresses')).toHaveLength(5);
    expect((await addressesOf(id, token)).filter(({ isDefault }) => isDefault === true)).toHaveLength(1);
  });

  test('another’s cannot be changed or deleted', async () => {
    const [one, other] = await Promise.all([signedUp(), signedUp()]);
    const { body } = await as(one.token, 'POST', `/users/${one.id}/addresses`, home);
    for (const owner of [one.id, other.id]) {
      const path = `/users/${owner}/addresses/${String(body.id)}`;
      expect((await as(other.token, 'PUT', path, home)).status).toBe(404);
      expect((await as(other.token, 'DELETE', path)).status).toBe(404);
    }
    expect(await addressesOf(one.id, one.token)).toHaveLength(1);
  });

  test.each([
    [{ postalCode: '150' }, '#/postalCode'],
    [{ postalCode: '１５０-0001' }, '#/postalCode'],
    [{ prefecture: '東京' }, '#/prefecture'],
    [{ city: ' ' }, '#/city'],
    [{ line1: undefined }, '#/line1'],
  ])('%j is refused and pointed at', async (wrong, pointer) => {
    const { id, token } = await signedUp();
    const { status, body } = await as(token, 'POST', `/users/${id}/addresses`, { ...home, ...wrong });
    expect([status, body.errors]).toMatchObject([400, [{ pointer }]]);
  });
});

describe('a user with their orders', () => {
  test('comes in one answer, read on the user’s behalf', async () => {
    ordersAnswer = { status: 200, body: { items: [anOrder] } };
    const { id, token } = await signedUp();
    const response = await ordersOf(id, token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ user: { id, name: '花子' }, orders: [anOrder] });
    expect(ordersCalledWith).toBe(`Bearer ${token}`);
  });

  test('is nobody else’s to see', async () => {
    const [one, other] = await Promise.all([signedUp(), signedUp()]);
    expect((await ordersOf(one.id, other.token)).status).toBe(404);
    expect((await ordersOf(one.id, 'no-token')).status).toBe(401);
  });

  test('is unavailable while the orders are', async () => {
    ordersAnswer = { status: 500, body: {} };
    const { id, token } = await signedUp();
    const response = await ordersOf(id, token);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

test('other services can ask whether an account exists', async () => {
  const { id } = await signedUp();
  expect((await fetch(`${url}/internal/users/${id}`)).status).toBe(200);
  expect((await fetch(`${url}/internal/users/${randomUUID()}`)).status).toBe(404);
  const asked = await fetch(`${url}/internal/users/known`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ids: [randomUUID(), id] }),
  });
  expect(await asked.json()).toEqual({ ids: [id] });
});
