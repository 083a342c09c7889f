import { describe } from 'vitest';
import { describeMount } from '../testing/mount.suite.ts';

describe("carried by the node's proxy", () => {
  describeMount({ kind: 'proxy', podIp: '127.17.102.1', serviceIp: '127.96.102.1', markerIp: '127.96.102.2' });
});
