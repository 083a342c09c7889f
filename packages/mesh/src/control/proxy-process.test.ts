import process from 'node:process';
import { expect, test } from 'vitest';
import { snapshotOf } from '../testing/snapshots.ts';
import { ProxyProcess, type ProxyStatus } from './proxy-process.ts';

test('a proxy that could not be started is started again', async () => {
  const { execPath } = process;
  const states: ProxyStatus['state'][] = [];
  // As on a machine that is out of memory, or of files: there is no process, so none exits.
  process.execPath = '/nowhere/node';
  const proxy = new ProxyProcess({
    gatewayPort: 0,
    onStatus: ({ state }) => {
      process.execPath = execPath;
      states.push(state);
    },
  });
  proxy.apply(1, snapshotOf([], {}));
  try {
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(expect.arrayContaining(['restarting', 'ready']));
  } finally {
    process.execPath = execPath;
    proxy.stop();
    await proxy.done;
  }
});
