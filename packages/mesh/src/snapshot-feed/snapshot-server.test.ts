import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CallerView } from '../snapshot/caller-view.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { ClusterStats } from '../telemetry/clusters/cluster-stats.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { followSnapshots } from './snapshot-follower.ts';
import { SnapshotServer } from './snapshot-server.ts';

let directory: string;
let path: string;
let server: SnapshotServer;
let finished: unknown[];
let connections: unknown[];
const sockets: Socket[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-feed-'));
  path = join(directory, 'mesh.sock');
  finished = [];
  connections = [];
  server = new SnapshotServer({
    count: (request) => finished.push(request),
    countConnections: (change) => connections.push(change),
    clusters: new ClusterStats(),
  });
  await server.listen(path);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

/** The latest view, however it came. */
function follow(): { view: () => CallerView | undefined; tell: ReturnType<typeof followSnapshots>['tell'] } {
  let latest: CallerView | undefined;
  const follower = followSnapshots(path, (view) => (latest = view));
  return { view: () => latest, tell: (message) => follower.tell(message) };
}

const endpoint = (port: number) => ({ address: '127.17.0.1', port });
const portsOf = (view: CallerView | undefined) => view?.clusters['web.default:80']?.endpoints.map(({ port }) => port);

it('whoever comes is told the whole, and then what changes', async () => {
  server.publish(snapshotTo([endpoint(1)]));
  const follower = follow();
  await vi.waitUntil(() => follower.view() !== undefined);
  expect(portsOf(follower.view())).toEqual([1]);
  const unchanged = follower.view()?.services;
  server.publish(snapshotTo([endpoint(1), endpoint(2)]));
  await vi.waitUntil(() => portsOf(follower.view())?.length === 2);
  expect(follower.view()?.services).toBe(unchanged);
});

it('nothing of the gateway, its keys or its rules is told', async () => {
  const tls = { port: 8443, servers: [] } as never;
  server.publish({ ...snapshotTo([endpoint(1)]), tls });
  const follower = follow();
  await vi.waitUntil(() => follower.view() !== undefined);
  expect(Object.keys(follower.view() ?? {}).sort()).toEqual(['clusters', 'serviceRoutes', 'services']);
});

it('a follower keeps what it has while the server is gone, and follows the next one', async () => {
  server.publish(snapshotTo([endpoint(1)]));
  const follower = follow();
  await vi.waitUntil(() => follower.view() !== undefined);
  server.close();
  expect(portsOf(follower.view())).toEqual([1]);
  server = new SnapshotServer(new Telemetry());
  await server.listen(path);
  server.publish(snapshotTo([endpoint(3)]));
  await vi.waitUntil(() => portsOf(follower.view())?.[0] === 3, { timeout: 5_000 });
});

it('what followers have carried arrives', async () => {
  const follower = follow();
  server.publish(snapshotTo([endpoint(1)]));
  await vi.waitUntil(() => follower.view() !== undefined);
  follower.tell({ type: 'finished', requests: [{ cluster: 'web.default:80', status: 200 } as never] });
  await vi.waitUntil(() => finished.length === 1);
  expect(finished).toEqual([{ cluster: 'web.default:80', status: 200 }]);
});

it('what a follower still had open is closed when it goes', async () => {
  server.publish(snapshotTo([endpoint(1)]));
  const socket = connect({ path });
  sockets.push(socket);
  const edge = { remoteAddress: '127.16.0.1', cluster: 'db.default:5432', upstream: { address: '127.17.0.1' } };
  const changes = [
    { ...edge, opened: 3, closed: 1, sentBytes: 10, receivedBytes: 20 },
    { ...edge, opened: 1, closed: 0, sentBytes: 1, receivedBytes: 2 },
  ];
  for (const change of changes) socket.write(`${JSON.stringify({ type: 'connections', changes: [change] })}\n`);
  await vi.waitUntil(() => connections.length === 2);
  expect(connections).toEqual(changes);
  socket.destroy();
  await vi.waitUntil(() => connections.length === 3);
  expect(connections[2]).toEqual({ ...edge, opened: 0, closed: 3, sentBytes: 0, receivedBytes: 0 });
});

it.each([
  'no JSON',
  '{"type":"finished"}',
  '[]',
  'null',
  '{"type":"connections","changes":[null]}',
  '{"type":"clusters","address":"127.16.0.1","clusters":{"web.default:80":null}}',
])('whoever says %s is cut off', async (line) => {
  const socket = connect({ path });
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(`${line}\n`);
  await once(socket, 'close');
  expect(finished).toEqual([]);
});

it('the socket is for this user alone', async () => {
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
