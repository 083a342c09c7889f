import { describe } from 'vitest';
import { describeMount } from '../testing/mount.suite.ts';

describe('carried by the process itself', () => {
  describeMount({ kind: 'in-process', podIp: '127.17.101.1', serviceIp: '127.96.101.1', markerIp: '127.96.101.2' });
});
