/**
 * A proxy for each test of a file, with its gateway open, for tests of what happens to requests over real sockets.
 */
import { afterEach, beforeEach } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';

export interface MeshUnderTest {
  readonly proxy: MeshProxy;
  /** Of the gateway, on 127.0.0.1. */
  readonly port: number;
}

/** To be called once, at the top of the file. What it returns is there within tests alone. */
export function meshForEachTest(): MeshUnderTest {
  let current: MeshUnderTest | undefined;
  beforeEach(async () => {
    const proxy = new MeshProxy({ gatewayPort: 0 });
    current = { proxy, port: await proxy.listen() };
  });
  afterEach(() => current?.proxy.close(0));
  const now = () => {
    if (current === undefined) throw new Error('there is no proxy outside of tests');
    return current;
  };
  return {
    get proxy() {
      return now().proxy;
    },
    get port() {
      return now().port;
    },
  };
}
