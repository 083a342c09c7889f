import { describe } from 'vitest';
import { describeMount } from '../testing/mount.suite.ts';

describe("carried by the node's proxy", () => {
  describeMount('proxy');
});
