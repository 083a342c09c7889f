import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CorsPolicy } from '../snapshot/route-policies.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const policy: CorsPolicy = {
  allowOrigins: [{ exact: 'https://shop.example' }, { prefix: 'http://localhost:' }, { regex: 'https://[a-z]+\\.tea\\.example' }],
  allowMethods: 'GET,PUT',
  allowHeaders: 'x-token',
  exposeHeaders: 'x-total',
  maxAge: '600',
  allowCredentials: true,
  unmatchedPreflights: 'FORWARD',
};
const preflight = { 'access-control-request-method': 'PUT' };

let proxy: MeshProxy;
let port: number;
let backend: Backend;

beforeEach(async () => {
  backend = await startBackend((_, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('X-Upstream', 'yes').end('upstream');
  });
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  await backend[Symbol.asyncDispose]();
});

function apply(change: Partial<CorsPolicy> = {}) {
  const cors = { ...policy, ...change };
  const route = { ...routeFor('/', forwardTo('web.default:80')), policies: { cors } };
  return proxy.apply(snapshotOf([route], { 'web.default:80': [backend] }));
}

const ask = (method: string, headers: Record<string, string>) => send(port, '/', { method, headers });

test('a preflight from an allowed origin is answered by the proxy', async () => {
  await apply();
  const { status, headers, text } = await ask('OPTIONS', { ...preflight, origin: 'https://shop.example' });
  expect({ status, text }).toEqual({ status: 200, text: '' });
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'https://shop.example',
    'access-control-allow-methods': 'GET,PUT',
    'access-control-allow-headers': 'x-token',
    'access-control-max-age': '600',
    'access-control-allow-credentials': 'true',
    'content-length': '0',
  });
  expect(headers).not.toHaveProperty('x-upstream');
});

test('a preflight is told what it asks for where everything is allowed to callers with credentials', async () => {
  await apply({ allowRequested: { methods: true, headers: true }, allowMethods: '*', allowHeaders: '*' });
  const asked = { ...preflight, 'access-control-request-headers': 'x-a, x-b', origin: 'https://shop.example' };
  expect((await ask('OPTIONS', asked)).headers).toMatchObject({
    'access-control-allow-methods': 'PUT',
    'access-control-allow-headers': 'x-a, x-b',
  });
  const { headers } = await ask('OPTIONS', { ...preflight, origin: 'https://shop.example' });
  expect(headers).not.toHaveProperty('access-control-allow-headers');
});

test('the answer to a request from an allowed origin says so, whatever the upstream says', async () => {
  await apply();
  const { headers, text } = await ask('GET', { origin: 'https://shop.example' });
  expect(text).toBe('upstream');
  expect(headers).toMatchObject({
    'access-control-allow-origin': 'https://shop.example',
    'access-control-expose-headers': 'x-total',
    'access-control-allow-credentials': 'true',
    'x-upstream': 'yes',
  });
});

test('so do answers of the proxy itself', async () => {
  await apply();
  await backend[Symbol.asyncDispose]();
  expect(await ask('GET', { origin: 'https://shop.example' })).toMatchObject({
    status: 503,
    headers: { 'access-control-allow-origin': 'https://shop.example' },
  });
});

describe('who is allowed', () => {
  test.each([
    ['https://shop.example', true],
    ['http://localhost:3000', true],
    ['https://green.tea.example', true],
    ['https://shop.example.evil', false],
    ['https://green.tea.example.evil', false],
    ['null', false],
  ])('%s: %s', async (origin, isAllowed) => {
    await apply();
    const { headers } = await ask('GET', { origin });
    expect(headers['access-control-allow-origin']).toBe(isAllowed ? origin : '*');
  });

  test('everybody, by a star', async () => {
    await apply({ allowOrigins: [{ exact: '*' }] });
    const { headers } = await ask('GET', { origin: 'https://who.example' });
    expect(headers['access-control-allow-origin']).toBe('https://who.example');
  });
});

test('a preflight from another origin goes to the upstream', async () => {
  await apply();
  expect(await ask('OPTIONS', { ...preflight, origin: 'https://evil.example' })).toMatchObject({ text: 'upstream' });
});

test('a preflight from another origin is answered without a permission where the policy ignores it', async () => {
  await apply({ unmatchedPreflights: 'IGNORE' });
  const reply = await ask('OPTIONS', { ...preflight, origin: 'https://evil.example' });
  expect(reply).toMatchObject({ status: 200, text: '' });
  expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each([
  ['without an origin', 'OPTIONS', preflight],
  ['that is no preflight', 'OPTIONS', { origin: 'https://shop.example' }],
])('an OPTIONS %s goes to the upstream', async (_, method, headers) => {
  await apply();
  expect(await ask(method, headers)).toMatchObject({ text: 'upstream' });
});

test('without credentials none are allowed', async () => {
  await apply({ allowCredentials: false });
  const { headers } = await ask('GET', { origin: 'https://shop.example' });
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
});
