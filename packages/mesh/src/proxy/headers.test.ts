import { expect, test } from 'vitest';
import { send, startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { defaultRetry } from '../resilience/retry.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';

const mesh = meshForEachTest();

const change = (changes: Partial<HeaderChanges>): HeaderChanges => ({ remove: [], set: [], add: [], ...changes });

test('an upstream sees the request with the changes of its destination, then those of the route', async () => {
  await using backend = await startBackend((request, response) => response.end(JSON.stringify(request.headersDistinct)));
  const destination = {
    cluster: 'web.default:80',
    weight: 1,
    headers: {
      request: change({
        set: [
          ['X-Version', 'v1'],
          ['X-Both', 'destination'],
        ],
        remove: ['x-secret'],
      }),
    },
  };
  const headers = {
    request: change({
      set: [
        ['X-Both', 'route'],
        ['X-Forwarded-Proto', 'https'],
      ],
      add: [['X-Tag', 'second']],
    }),
  };
  await mesh.proxy.apply(
    snapshotOf([{ ...routeFor('/', forwardTo('', { destinations: [destination] })), headers }], { 'web.default:80': [backend] }),
  );
  const seen = (await send(mesh.port, '/', { headers: { 'X-Secret': '1', 'x-VERSION': 'mine', 'x-tag': 'first' } })).json();
  expect(seen).toMatchObject({
    'x-version': ['v1'],
    'x-both': ['route'],
    'x-tag': ['first', 'second'],
    'x-forwarded-proto': ['https'],
  });
  expect(seen).not.toHaveProperty('x-secret');
});

test('nobody outside the mesh says which answers are asked for again', async () => {
  let asked = 0;
  await using backend = await startBackend((request, response) => {
    asked++;
    response.writeHead(503, { 'x-seen': request.headers['x-envoy-retriable-status-codes'] ?? 'none' }).end();
  });
  await mesh.proxy.apply(
    snapshotOf([routeFor('/', forwardTo('web.default:80', { retry: defaultRetry }))], { 'web.default:80': [backend] }),
  );
  const { status, headers } = await send(mesh.port, '/', { headers: { 'X-Envoy-Retriable-Status-Codes': '503' } });
  expect({ status, asked, seen: headers['x-seen'] }).toEqual({ status: 503, asked: 1, seen: 'none' });
});

test('a caller sees the response with the changes', async () => {
  await using backend = await startBackend((_, response) => {
    response.writeHead(200, ['Server', 'old', 'Set-Cookie', 'a=1', 'X-Powered-By', 'b']);
    response.end('body');
  });
  const headers = { response: change({ remove: ['x-powered-by'], set: [['server', 'new']], add: [['Set-Cookie', 'c=2']] }) };
  await mesh.proxy.apply(
    snapshotOf([{ ...routeFor('/', forwardTo('web.default:80')), headers }], { 'web.default:80': [backend] }),
  );
  const reply = await send(mesh.port, '/');
  expect(reply).toMatchObject({ text: 'body', headers: { server: 'new', 'set-cookie': ['a=1', 'c=2'] } });
  expect(reply.headers).not.toHaveProperty('x-powered-by');
});

test('direct responses, redirects and errors of the proxy carry the changes too', async () => {
  const headers = {
    response: change({
      set: [
        ['Content-Type', 'application/json'],
        ['X-Set', '1'],
      ],
    }),
  };
  const routes = [
    { ...routeFor('/direct', { kind: 'respond', status: 503, body: '{}' } as const), headers },
    { ...routeFor('/redirect', { kind: 'redirect', status: 302, uri: '/' } as const), headers },
    { ...routeFor('/', forwardTo('web.default:80')), headers },
  ];
  await mesh.proxy.apply(snapshotOf(routes, { 'web.default:80': [] }));
  expect(await send(mesh.port, '/direct')).toMatchObject({
    status: 503,
    text: '{}',
    headers: { 'content-type': 'application/json', 'x-set': '1' },
  });
  expect(await send(mesh.port, '/redirect')).toMatchObject({
    status: 302,
    headers: { location: `http://localhost:${mesh.port}/`, 'x-set': '1' },
  });
  expect(await send(mesh.port, '/')).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'no_endpoint', 'x-set': '1' } });
});
