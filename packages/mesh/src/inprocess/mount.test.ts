import { describe } from 'vitest';
import { describeMount } from '../testing/mount.suite.ts';

describe('carried by the process itself', () => {
  describeMount('in-process');
});
