import { afterEach, beforeEach, expect, test } from 'vitest';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { bucket, envoyFilter, localRateLimitPatch, webBehindGateway } from '../testing/policies.ts';
import { destinationRule, endpointSlice, labelledPod, virtualService } from '../testing/resources.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let one: Backend;
let two: Backend;

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
  one = await startBackend((_, response) => response.end('one'), { address: '127.0.0.2' });
  // A slice has one port for all.
  two = await startBackend((_, response) => response.end('two'), { address: '127.0.0.3', port: one.port });
});

afterEach(async () => {
  await proxy.close(0);
  for (const backend of [one, two]) await backend[Symbol.asyncDispose]();
});

const inTurn = { trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' as const } } };
const byUser = { trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: 'x-user' } } } };

async function apply(config: Record<string, unknown>, more: Partial<MeshResources> = {}, endpoints = [one, two]): Promise<void> {
  const patch = localRateLimitPatch(config, 'SIDECAR_INBOUND');
  const snapshot = compile(
    webBehindGateway(one, {
      pods: [labelledPod('web-1', { app: 'web' })],
      endpointSlices: [endpointSlice('web', endpoints, 'http')],
      envoyFilters: [envoyFilter('limit', [patch], { app: 'web' })],
      destinationRules: [destinationRule('web', inTurn)],
      ...more,
    }),
  );
  expect(snapshot.warnings).toEqual([]);
  await proxy.apply(snapshot);
}

async function answers(count: number, headers: Record<string, string> = {}): Promise<(string | number)[]> {
  const found: (string | number)[] = [];
  for (let index = 0; index < count; index++) {
    const { status, text } = await send(port, '/', { headers });
    found.push(status === 200 ? text : status);
  }
  return found;
}

test('every endpoint counts for itself', async () => {
  await apply({ token_bucket: bucket(2) });
  expect((await answers(4)).sort()).toEqual(['one', 'one', 'two', 'two']);
  const { status, headers } = await send(port, '/');
  expect(status).toBe(429);
  expect(headers).toMatchObject({ 'x-hikyaku-reason': 'rate_limited', 'x-ratelimit-limit': '2', 'x-envoy-ratelimited': 'true' });
});

test('an endpoint counts on across snapshots, and begins anew when it was away', async () => {
  await apply({ token_bucket: bucket(1) });
  expect((await answers(2)).sort()).toEqual(['one', 'two']);
  await apply({ token_bucket: bucket(1) });
  expect(await answers(2)).toEqual([429, 429]);
  await apply({ token_bucket: bucket(1) }, {}, [one]);
  expect(await answers(1)).toEqual([429]);
  await apply({ token_bucket: bucket(1) });
  expect((await answers(2)).sort()).toEqual([429, 'two']);
});

test('what one endpoint refuses is asked elsewhere where the rule says so', async () => {
  const rule = (retryOn: string) => ({
    destinationRules: [destinationRule('web', byUser)],
    virtualServices: [
      virtualService('web', {
        gateways: ['public'],
        http: [{ retries: { attempts: 1, retryOn }, route: [{ destination: { host: 'web' } }] }],
      }),
    ],
  });
  await apply({ token_bucket: bucket(1) }, rule('envoy-ratelimited'));
  const found = await answers(3, { 'x-user': 'hanako' });
  expect(found.slice(0, 2).sort()).toEqual(['one', 'two']);
  expect(found[2]).toBe(429);
  await apply({ token_bucket: bucket(1, '7200s') }, rule('5xx'));
  expect((await answers(2, { 'x-user': 'hanako' }))[1]).toBe(429);
});

test('the answer says what is left at the endpoint that gave it', async () => {
  await apply({ token_bucket: bucket(5), enable_x_ratelimit_headers: 'DRAFT_VERSION_03' });
  const left: unknown[] = [];
  for (let index = 0; index < 4; index++) left.push((await send(port, '/')).headers['x-ratelimit-remaining']);
  expect(left).toEqual(['4', '4', '3', '3']);
});
