import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { portOf } from '../testing/backend.ts';
import { snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

// An address of its own, so that any port is free on it.
const address = '127.96.200.1';
const port = 7000;
let proxy: MeshProxy;
const servers: { close: () => unknown }[] = [];

beforeEach(() => {
  proxy = new MeshProxy({ gatewayPort: 0 });
});

afterEach(async () => {
  await proxy.close(0);
  for (const server of servers.splice(0)) server.close();
});

/** A TCP server that hands every connection to `onConnection`. */
async function tcpServer(onConnection: (socket: Socket) => void): Promise<Endpoint> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { address: '127.0.0.1', port: portOf(server) };
}

function apply(endpoints: Endpoint[], listener = { address, port }): Promise<string[]> {
  const snapshot = snapshotOf([], { 'db.default:7000': endpoints });
  return proxy.apply({
    ...snapshot,
    services: [{ ...listener, service: 'default/db', cluster: 'db.default:7000', protocol: 'tcp' }],
  });
}

function dial(): Socket {
  return connect({ host: address, port, allowHalfOpen: true }).on('error', () => undefined);
}

async function read(socket: Socket): Promise<string> {
  return Buffer.concat((await socket.toArray()) as Buffer[]).toString();
}

test('a connection goes where the rules for it say, by who calls', async () => {
  const [one, two] = await Promise.all(['one', 'two'].map((name) => tcpServer((socket) => socket.end(name))));
  const snapshot = snapshotOf([], {
    'db.default:7000': one === undefined ? [] : [one],
    'other.default:7000': two === undefined ? [] : [two],
  });
  await proxy.apply({
    ...snapshot,
    services: [{ address, port, service: 'default/db', cluster: 'db.default:7000', protocol: 'tcp' }],
    tcpRoutes: {
      'db.default:7000': [
        {
          name: 'rule',
          matches: [{ source: { namespace: 'shop' } }],
          destinations: [{ cluster: 'other.default:7000', weight: 1 }],
        },
      ],
    },
    callers: { '127.16.9.9': { namespace: 'shop', labels: {} } },
  });
  expect(await read(dial())).toBe('one');
  expect(await read(connect({ host: address, port, localAddress: '127.16.9.9' }))).toBe('two');
});

test('bytes pass both ways, and the end of one direction leaves the other open', async () => {
  const upstream = await tcpServer((socket) => {
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.on('end', () => socket.end(`heard ${Buffer.concat(heard).length} bytes`));
  });
  await apply([upstream]);
  const socket = dial();
  socket.end(Buffer.alloc(5_000_000));
  expect(await read(socket)).toBe('heard 5000000 bytes');
});

test('connections spread over the endpoints by load', async () => {
  const first = await tcpServer((socket) => socket.write('1'));
  const second = await tcpServer((socket) => socket.write('2'));
  await apply([first, second]);
  const sockets = Array.from({ length: 4 }, dial);
  const greetings = await Promise.all(sockets.map(async (socket) => String((await once(socket, 'data'))[0])));
  expect(greetings.sort()).toEqual(['1', '1', '2', '2']);
  for (const socket of sockets) socket.destroy();
});

test('an endpoint that refuses is passed over, and nothing the client sent is lost', async () => {
  const gone = await tcpServer(() => undefined);
  await new Promise((resolve) => (servers.pop() as ReturnType<typeof createServer>).close(resolve));
  const upstream = await tcpServer((socket) => socket.pipe(socket));
  await apply([gone, upstream]);
  for (let round = 0; round < 4; round++) {
    const socket = dial();
    socket.end('SELECT 1');
    expect(await read(socket)).toBe('SELECT 1');
  }
});

test('without a ready endpoint the connection is refused, as from a host where nothing listens', async () => {
  const upstream = await tcpServer((socket) => socket.end('hello'));
  await apply([upstream]);
  expect(await read(dial())).toBe('hello');
  await apply([]);
  const [error] = (await once(dial(), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  await apply([upstream]);
  expect(await read(dial())).toBe('hello');
});

test('an upstream that resets is not passed on as an orderly end', async () => {
  const upstream = await tcpServer((socket) => {
    socket.write('half');
    socket.once('data', () => socket.resetAndDestroy());
  });
  await apply([upstream]);
  const socket = dial();
  await once(socket, 'data');
  socket.write('go on');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('a client that resets takes its upstream connection with it', async () => {
  const closed = Promise.withResolvers<undefined>();
  const upstream = await tcpServer((socket) => {
    socket.write('hello');
    socket.once('close', () => closed.resolve(undefined));
  });
  await apply([upstream]);
  const socket = dial();
  await once(socket, 'data');
  socket.resetAndDestroy();
  await closed.promise;
});

test('an open connection outlives the endpoint in the snapshot', async () => {
  const upstream = await tcpServer((socket) => socket.pipe(socket));
  await apply([upstream]);
  const socket = dial();
  socket.write('a');
  await once(socket, 'data');
  await apply([]);
  socket.end('b');
  expect(await read(socket)).toBe('b');
});

test('an address that cannot be listened on is a warning, and the others are served', async () => {
  const upstream = await tcpServer((socket) => socket.end('hello'));
  const holder = createServer().listen(port, '127.96.200.2');
  await once(holder, 'listening');
  servers.push(holder);
  const snapshot = snapshotOf([], { 'db.default:7000': [upstream], 'web.default:7000': [upstream] });
  const warnings = await proxy.apply({
    ...snapshot,
    services: [
      { address: '127.96.200.2', port, service: 'default/web', cluster: 'web.default:7000', protocol: 'tcp' },
      { address, port, service: 'default/db', cluster: 'db.default:7000', protocol: 'tcp' },
    ],
  });
  expect(warnings).toEqual([expect.stringContaining('Service web.default: cannot listen on 127.96.200.2:7000')]);
  expect(await read(dial())).toBe('hello');
});
