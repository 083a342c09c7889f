import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { assertPortFree, assertPortsDiffer } from './ports.ts';

const server = createServer();
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('a taken port', () => {
  it('is an error that names the holder and the option', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const message = await assertPortFree({ port, what: 'gateway', option: '--gateway-port' }).then(
      () => 'free',
      (error: unknown) => String(error),
    );
    expect(message).toContain(`port ${port} for the gateway is taken`);
    expect(message).toContain('--gateway-port');
    if (process.platform === 'linux') expect(message).toContain(`(pid ${process.pid})`);
  });
});

it('is not shared by two parts of the system, unless any will do', () => {
  const wanted = (gateway: number, api: number) => [
    { port: gateway, what: 'gateway', option: '--gateway-port' },
    { port: 9, what: 'console', option: '--console-port' },
    { port: api, what: 'Kubernetes API', option: '--api-port' },
  ];
  expect(() => assertPortsDiffer(wanted(8080, 8080))).toThrow(
    'the gateway and the Kubernetes API cannot share port 8080; choose another with --gateway-port or --api-port',
  );
  for (const api of [6443, 0]) expect(() => assertPortsDiffer(wanted(api === 0 ? 0 : 8080, api))).not.toThrow();
});
