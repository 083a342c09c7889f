import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FaultPolicy } from '../snapshot/route-policies.ts';
import type { RouteAction } from '../snapshot/snapshot.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { faultFilter } from './fault.ts';
import type { RoutedRequest } from './filter.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let backend: Backend;
let seen: number;

beforeEach(async () => {
  seen = 0;
  backend = await startBackend((_, response) => {
    seen++;
    response.end('ok');
  });
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  await backend[Symbol.asyncDispose]();
});

function apply(fault: FaultPolicy, action: RouteAction = forwardTo('web.default:80')) {
  const route = { ...routeFor('/', action), policies: { fault } };
  return proxy.apply(snapshotOf([route], { 'web.default:80': [backend] }));
}

test('an abort answers in place of the upstream', async () => {
  await apply({ abort: { status: 418, percent: 100 } });
  expect(await send(port, '/')).toMatchObject({ status: 418, headers: { 'x-hikyaku-reason': 'fault_injected' } });
  expect(seen).toBe(0);
});

test('an abort answers in place of a redirect, too', async () => {
  await apply({ abort: { status: 503, percent: 100 } }, { kind: 'redirect', status: 301, uri: '/x' });
  expect(await send(port, '/')).toMatchObject({ status: 503 });
});

test('an abort of a request with a body leaves the connection usable', async () => {
  await apply({ abort: { status: 503, percent: 100 } });
  expect(await send(port, '/', { method: 'POST', body: 'x'.repeat(100_000) })).toMatchObject({ status: 503 });
});

test('a share is aborted, within 4 σ', async () => {
  await apply({ abort: { status: 503, percent: 30 } });
  const replies = await Promise.all(Array.from({ length: 300 }, () => send(port, '/')));
  const aborted = replies.filter(({ status }) => status === 503).length;
  expect(Math.abs(aborted - 90)).toBeLessThan(4 * Math.sqrt(300 * 0.3 * 0.7));
  expect(seen).toBe(300 - aborted);
});

test('a delay holds the request back and keeps its body', async () => {
  await apply({ delay: { durationMs: 60, percent: 100 } });
  const begun = performance.now();
  expect(await send(port, '/', { method: 'POST', body: 'x'.repeat(200_000) })).toMatchObject({ status: 200, text: 'ok' });
  expect(performance.now() - begun).toBeGreaterThan(55);
});

test('a delay is no part of the timeout of the route, as in Envoy', async () => {
  await apply({ delay: { durationMs: 80, percent: 100 } }, forwardTo('web.default:80', { timeoutMs: 60 }));
  // The upstream itself may be slow on a busy machine: once is enough to show that the delay does not count.
  await vi.waitFor(async () => expect(await send(port, '/')).toMatchObject({ status: 200 }), 5000);
});

test('both happen where both are asked for', async () => {
  await apply({ delay: { durationMs: 50, percent: 100 }, abort: { status: 500, percent: 100 } });
  const begun = performance.now();
  expect(await send(port, '/')).toMatchObject({ status: 500 });
  expect(performance.now() - begun).toBeGreaterThan(45);
});

test('a caller who leaves during the delay costs the upstream nothing', async () => {
  await apply({ delay: { durationMs: 100, percent: 100 } });
  const request = httpRequest({ host: '127.0.0.1', port, agent: false, headers: { host: 'localhost' } });
  request.on('error', () => undefined);
  request.end();
  const [socket] = (await once(request, 'socket')) as [NodeJS.Socket];
  await once(socket, 'connect');
  request.destroy();
  await send(port, '/');
  expect(seen).toBe(1);
});

describe('what is rolled', () => {
  const exchange = () =>
    ({ head: { method: 'GET', fields: [] }, hasResponseBegun: true, isOver: false }) as unknown as RoutedRequest['exchange'];
  const requestOf = () => ({ exchange: exchange(), decision: { kind: 'respond', status: 200 } }) as unknown as RoutedRequest;

  test.each([
    [0, 50, 'answered'],
    [0.499, 50, 'answered'],
    [0.5, 50, 'continue'],
    [0.0049, 0.5, 'answered'],
    [0.005, 0.5, 'continue'],
    [0.9999, 100, 'answered'],
  ])('%d against %d %%: %s', (random, percent, expected) => {
    expect(faultFilter({ abort: { status: 503, percent } }, () => random)(requestOf())).toBe(expected);
  });

  test('a delay ends at once, with its timer, when the caller leaves', async () => {
    vi.useFakeTimers();
    try {
      const request = requestOf();
      const result = faultFilter({ delay: { durationMs: 60_000, percent: 100 } }, () => 0)(request);
      expect(vi.getTimerCount()).toBe(1);
      request.exchange.events?.onGone();
      expect(await result).toBe('answered');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
