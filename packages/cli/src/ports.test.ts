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
    const message = await assertPortFree(port, 'gateway', '--gateway-port').then(
      () => 'free',
      (error: unknown) => String(error),
    );
    expect(message).toContain(`port ${port} for the gateway is taken`);
    expect(message).toContain('--gateway-port');
    if (process.platform === 'linux') expect(message).toContain(`(pid ${process.pid})`);
  });
});

it('is not shared by the gateway and the API', () => {
  expect(() => assertPortsDiffer(8080, 8080)).toThrow('cannot share port 8080');
  expect(() => assertPortsDiffer(8080, 6443)).not.toThrow();
});
