import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RouteAction } from '../snapshot/snapshot.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let silent: Backend;
let attempts: (string | undefined)[];

beforeEach(async () => {
  attempts = [];
  silent = await startBackend((request) => {
    attempts.push(request.headers['x-envoy-attempt-count']?.toString());
  });
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  await silent[Symbol.asyncDispose]();
});

/** How long a 504 took, of several tries the one in the middle. */
async function medianMs(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    expect((await send(port, '/')).status).toBe(504);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? NaN;
}

const retryOnReset = { attempts: 1, retryOn: ['reset'], backoffMs: 1 };

test.each<[string, Partial<Extract<RouteAction, { kind: 'forward' }>>, number]>([
  ['the timeout of the route', { timeoutMs: 150 }, 150],
  ['the timeout of the only attempt', { retry: { attempts: 0, retryOn: [], perTryTimeoutMs: 150 } }, 150],
  ['the timeouts of both attempts', { retry: { ...retryOnReset, perTryTimeoutMs: 100 } }, 200],
  [
    'the timeout of the route when it comes before those',
    { timeoutMs: 150, retry: { ...retryOnReset, perTryTimeoutMs: 100 } },
    150,
  ],
])('a request ends after %s, within 20 ms', async (_, change, expectedMs) => {
  await proxy.apply(snapshotTo([silent], change));
  // A machine that is busy with something else may be late, but not again and again.
  await expect.poll(async () => Math.abs((await medianMs()) - expectedMs), { timeout: 15_000 }).toBeLessThan(20);
});

test('the answer names the limit that was reached', async () => {
  const perTry = { retry: { attempts: 0, retryOn: [], perTryTimeoutMs: 30 } };
  await proxy.apply(snapshotTo([silent], { timeoutMs: 60_000, ...perTry }));
  expect((await send(port, '/')).json()).toMatchObject({ detail: 'web.default:80 did not answer within 30 ms.' });
});

test('each attempt says which one it is, but for the first', async () => {
  await proxy.apply(snapshotTo([silent], { retry: { attempts: 2, retryOn: ['reset'], backoffMs: 1, perTryTimeoutMs: 30 } }));
  await send(port, '/');
  expect(attempts).toEqual([undefined, '2', '3']);
});

test.each<[string, Partial<Extract<RouteAction, { kind: 'forward' }>>, [least: number, most: number] | undefined]>([
  ['nothing where there is no limit', {}, undefined],
  ['what is left of the timeout', { timeoutMs: 60_000 }, [30_000, 60_000]],
  [
    'the timeout of the attempt',
    { timeoutMs: 60_000, retry: { attempts: 0, retryOn: [], perTryTimeoutMs: 5_000 } },
    [5_000, 5_000],
  ],
  ['that also where the request has none', { retry: { attempts: 0, retryOn: [], perTryTimeoutMs: 5_000 } }, [5_000, 5_000]],
])('a service is told how long it has: %s', async (_, action, expected) => {
  await using told = await startBackend((request, response) => {
    response.end(request.headersDistinct['x-envoy-expected-rq-timeout-ms']?.join());
  });
  await proxy.apply(snapshotTo([told], action));
  // What a caller was told itself is not for the next.
  const headers = expected === undefined ? {} : { 'X-Envoy-Expected-Rq-Timeout-Ms': '1' };
  const { text } = await send(port, '/', { headers });
  if (expected === undefined) expect(text).toBe('');
  else {
    expect(Number(text)).toBeGreaterThanOrEqual(expected[0]);
    expect(Number(text)).toBeLessThanOrEqual(expected[1]);
  }
});
