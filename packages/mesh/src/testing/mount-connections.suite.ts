/**
 * How connections between services behave that are carried as bytes, whichever way: the part of both mounts' conformance suite that is not about
 * requests.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Cluster, Endpoint, TcpRoute } from '../snapshot/snapshot.ts';
import { bytesCluster, startBytesEndpoint } from './mounts.ts';
import type { MountUnderTest } from './mounts.ts';

const otherCluster = 'other.default:5432';
const toOther = (matches: TcpRoute['matches']): TcpRoute => ({
  name: 'to the other',
  matches,
  destinations: [{ cluster: otherCluster, weight: 1 }],
});

export function describeConnections(mount: () => MountUnderTest): void {
  describe('connections that carry bytes', () => {
    const endpoints: AsyncDisposable[] = [];
    afterEach(async () => {
      for (const endpoint of endpoints.splice(0)) await endpoint[Symbol.asyncDispose]();
    });
    async function endpointOf(name: string): Promise<Endpoint> {
      const { address, port, ...started } = await startBytesEndpoint(name, endpoints.length);
      endpoints.push(started);
      return { address, port };
    }

    it('bytes pass both ways, and one side may end before the other', async () => {
      await mount().apply({ [bytesCluster]: [await endpointOf('store')] });
      const said = 'abc'.repeat(100_000);
      const { text } = await mount().connect(said);
      // A whole one would fill the screen.
      expect([text.slice(0, 6), text.length > said.length, text.endsWith(said)]).toEqual(['store ', true, true]);
    });

    it('a rule leads them elsewhere, also by who calls', async () => {
      const clusters = { [bytesCluster]: [await endpointOf('store')], [otherCluster]: [await endpointOf('other')] };
      await mount().apply(clusters, undefined, { tcpRoutes: { [bytesCluster]: [toOther([])] } });
      expect((await mount().connect('')).text).toMatch(/^other /);
      const callers = (app: string) => ({ [mount().podIp]: { namespace: 'default', labels: { app } } });
      const tcpRoutes = { [bytesCluster]: [toOther([{ source: { labels: { app: 'cart' } } }])] };
      await mount().apply(clusters, undefined, { tcpRoutes, callers: callers('cart') });
      expect((await mount().connect('')).text).toMatch(/^other /);
      await mount().apply(clusters, undefined, { tcpRoutes, callers: callers('order') });
      expect((await mount().connect('')).text).toMatch(/^store /);
    });

    it('new ones go to the endpoint there is now', async () => {
      const [before, after] = [await endpointOf('before'), await endpointOf('after')];
      await mount().apply({ [bytesCluster]: [before] });
      expect((await mount().connect('')).text).toMatch(/^before /);
      await mount().apply({ [bytesCluster]: [after] });
      expect((await mount().connect('')).text).toMatch(/^after /);
    });

    it('an endpoint that refuses is passed over where there is another', async () => {
      const dead = { address: '127.17.250.250', port: 9 };
      await mount().apply({ [bytesCluster]: [dead, await endpointOf('alive')] });
      for (let round = 0; round < 6; round++) expect((await mount().connect('')).text).toMatch(/^alive /);
    });

    it('without an endpoint they are refused', async () => {
      await mount().apply({ [bytesCluster]: [] });
      expect((await mount().connect('')).error).toMatch(/ECONNREFUSED/);
    });

    it('no more than maxConnections are open at once', async () => {
      const cluster: Cluster = {
        service: 'web.default',
        endpoints: [await endpointOf('store')],
        connectionPool: { maxConnections: 0 },
      };
      await mount().apply({ [bytesCluster]: cluster });
      expect(await mount().connect('')).toMatchObject({ text: '', error: expect.stringMatching(/ECONNRESET|EPIPE/) as string });
    });

    it('connections and bytes are counted', async () => {
      // No other case has a connection there, which could be told late.
      const counted = 'counted.default:5432';
      const leads = { name: 'counted', matches: [], destinations: [{ cluster: counted, weight: 1 }] };
      await mount().apply({ [bytesCluster]: [await endpointOf('store')], [counted]: [await endpointOf('counted')] }, undefined, {
        tcpRoutes: { [bytesCluster]: [leads] },
      });
      const { text } = await mount().connect('hello');
      await vi.waitUntil(() => mount().countedConnections(counted).closed > 0, { timeout: 10_000 });
      const expected = { opened: 1, closed: 1, sentBytes: text.length, receivedBytes: 5 };
      expect(mount().countedConnections(counted)).toEqual(expected);
    });
  });
}
