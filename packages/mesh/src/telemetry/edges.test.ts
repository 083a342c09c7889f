import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Edges } from './edges.ts';
import type { RequestSample } from './edges.ts';
import { gatewayPeer, unknownPeer } from './peers.ts';
import { flag, formatFlags } from './response-flags.ts';

const sample = (change: Partial<RequestSample> = {}): RequestSample => ({
  status: 200,
  flags: 0,
  protocol: 'http',
  grpcStatus: undefined,
  durationMs: 3,
  requestBytes: 0,
  responseBytes: 10,
  ...change,
});

test('requests that end differently are never counted together', () => {
  const end = fc.record({
    status: fc.integer({ min: 0, max: 999 }),
    flags: fc.integer({ min: 0, max: (1 << 14) - 1 }),
    protocol: fc.constantFrom('http' as const, 'grpc' as const),
    grpcStatus: fc.option(fc.integer({ min: 0, max: 16 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(end), (ends) => {
      const edges = new Edges();
      for (const each of ends) edges.record('web.default:80', unknownPeer, unknownPeer, sample(each), 1);
      const counted = [...edges].flatMap(({ requests }) => [...requests.values()]);
      const expected = Map.groupBy(ends, ({ status, flags, protocol, grpcStatus }) =>
        [status, flags, protocol, grpcStatus].join(),
      );
      expect(
        new Map(
          counted.map(({ end: { status, flags, protocol, grpcStatus }, count }) => [
            [status, flags, protocol, grpcStatus].join(),
            count,
          ]),
        ),
      ).toEqual(new Map([...expected].map(([key, same]) => [key, same.length])));
    }),
  );
});

test('what callers can vary does not fill the memory: beyond the limit nothing is lost, but it is told apart no more', () => {
  const edges = new Edges(3);
  for (let status = 200; status < 300; status++)
    edges.record(`c${status % 7}`, gatewayPeer, unknownPeer, sample({ status: 200 + (status % 50) }), 1);
  const all = [...edges].flatMap((edge) => [...edge.requests.values()].map(({ count }) => ({ cluster: edge.cluster, count })));
  expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  expect(all.filter(({ cluster }) => cluster !== '')).toHaveLength(3);
});

test('attempts after the first are retries', () => {
  const edges = new Edges();
  edges.record('web.default:80', gatewayPeer, unknownPeer, sample(), 3);
  edges.record('web.default:80', gatewayPeer, unknownPeer, sample({ status: 503 }), 1);
  expect([...edges]).toMatchObject([{ retries: 2 }]);
});

test('flags are written in Envoy’s order', () => {
  expect(formatFlags(flag('URX') | flag('UF'))).toBe('UF,URX');
  expect(formatFlags(0)).toBe('-');
});
