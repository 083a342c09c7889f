/** Ports that Gateways name, over real sockets. */
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GatewayPort, Snapshot } from '../snapshot/snapshot.ts';
import { freePort, portOf, send } from '../testing/backend.ts';
import { makeCertificate } from '../testing/certificates.ts';
import { snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const certificate = await makeCertificate('localhost');

let proxy: MeshProxy;

beforeEach(() => {
  proxy = new MeshProxy({ gatewayPort: 0 });
});

afterEach(() => proxy.close(0));

function saying(body: string): Pick<GatewayPort, 'virtualHosts'> {
  return {
    virtualHosts: [{ domain: '*', routes: [{ name: body, matches: [], action: { kind: 'respond', status: 200, body } }] }],
  };
}

const secure = (body: string): GatewayPort => ({
  ...saying(body),
  servers: [{ kind: 'terminate', hosts: ['*'], settings: certificate }],
});

const withPorts = (gatewayPorts: Snapshot['gatewayPorts']): Snapshot => ({
  ...snapshotOf([], {}),
  ...saying('the gateway'),
  ...(gatewayPorts && { gatewayPorts }),
});

async function askSecurely(port: number, host = '127.0.0.1'): Promise<string> {
  const request = httpsRequest({ host, port, rejectUnauthorized: false, agent: false });
  request.on('error', () => undefined).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part as string;
  return text;
}

test('each port has its own rules and follows them', async () => {
  const own = await proxy.listen();
  const port = await freePort();
  await proxy.apply(withPorts({ [port]: saying('one') }));
  expect([(await send(own, '/')).text, (await send(port, '/')).text]).toEqual(['the gateway', 'one']);
  await proxy.apply(withPorts({ [port]: saying('two') }));
  expect((await send(port, '/')).text).toBe('two');
  await proxy.apply(withPorts(undefined));
  await expect(send(port, '/')).rejects.toThrow('ECONNREFUSED');
  expect((await send(own, '/')).text).toBe('the gateway');
});

test('a port can change to TLS and back', async () => {
  const port = await freePort();
  await proxy.apply(withPorts({ [port]: saying('plain') }));
  expect((await send(port, '/')).text).toBe('plain');
  await proxy.apply(withPorts({ [port]: secure('secure') }));
  expect(await askSecurely(port)).toBe('secure');
  await proxy.apply(withPorts({ [port]: saying('plain again') }));
  expect((await send(port, '/')).text).toBe('plain again');
  expect(proxy.portFailures).toEqual([]);
});

test('a port that is taken is said, had as soon as it is free, and keeps nobody else from being served', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const [taken, free] = [portOf(holder), await freePort()];
  const snapshot = withPorts({ [taken]: saying('late'), [free]: saying('at once') });
  await proxy.apply(snapshot);
  expect(proxy.portFailures).toMatchObject([{ place: taken, code: 'EADDRINUSE' }]);
  expect((await send(free, '/')).text).toBe('at once');
  await new Promise((resolve) => holder.close(resolve));
  await proxy.apply(snapshot);
  expect(proxy.portFailures).toEqual([]);
  expect((await send(taken, '/')).text).toBe('late');
});

test('an address of its own has its own rules beside the same port on localhost, and ends when it is not asked for', async () => {
  const port = await freePort();
  const [plain, encrypted] = ['127.120.254.7', '127.120.254.8'];
  const ask = async (host: string) => (await send(port, '/', { host })).text;
  await proxy.apply(
    withPorts({ [port]: saying('localhost'), [`${plain}:${port}`]: saying('alone'), [`${encrypted}:${port}`]: secure('sealed') }),
  );
  expect(proxy.portFailures).toEqual([]);
  expect([await ask('127.0.0.1'), await ask(plain)]).toEqual(['localhost', 'alone']);
  expect(await askSecurely(port, encrypted)).toBe('sealed');
  await proxy.apply(withPorts({ [port]: saying('localhost') }));
  await expect(ask(plain)).rejects.toThrow('ECONNREFUSED');
  expect(await ask('127.0.0.1')).toBe('localhost');
});

test('an address that is taken is told with its place', async () => {
  const holder = createServer().listen(0, '127.120.254.9');
  await once(holder, 'listening');
  const place = `127.120.254.9:${portOf(holder)}`;
  await proxy.apply(withPorts({ [place]: saying('alone') }));
  expect(proxy.portFailures).toMatchObject([{ place, code: 'EADDRINUSE' }]);
  holder.close();
});
