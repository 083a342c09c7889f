import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres, type TestPostgres } from '@hikyaku/service/testing';
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

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('user_service');
  orders = createServer((request, response) => {
    ordersCalledWith = request.headers.authorization;
    response.writeHead(ordersAnswer.status, { 'content-type': 'application/json' }).end(JSON.stringify(ordersAnswer.body));
  });
  const port = await freePort();
  service = await createUserService({
    DATABASE_URL: postgres.url('user_service'),
    ORDER_SERVICE_URL: await listen(orders),
    JWKS_URL: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'silent',
    DRAIN_DELAY_MS: '0',
    OPERATOR_PASSWORD: operator.password,
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
    expect(body).toEqual({ id: expect.any(String), email: hanako.email, name: '花子' });
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
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
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
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      DRAIN_DELAY_MS: '0',
      OPERATOR_PASSWORD: replaced,
    });
    await again.start();
    await again.close();
    expect((await post('/auth/token', operator)).status).toBe(401);
    const { status, body } = await post('/auth/token', { ...operator, password: replaced });
    expect([status, rolesIn(body.access_token)]).toEqual([200, ['operator']]);
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
});
