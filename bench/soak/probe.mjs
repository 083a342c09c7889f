// Loaded into the proxy process by the soak: on SIGUSR2 it collects garbage and appends a line of JSON about what the process then holds.
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const file = process.env.HIKYAKU_SOAK_FILE;

// The supervisor has the same environment, and is not what is watched.
if (file !== undefined && process.channel !== undefined) {
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    const resources = Object.groupBy(process.getActiveResourcesInfo(), (name) => name);
    const sockets = resources.TCPSocketWrap?.length ?? 0;
    const timers = resources.Timeout?.length ?? 0;
    appendFileSync(file, `${JSON.stringify({ heapBytes: heapUsed, externalBytes: external, sockets, timers })}\n`);
  });
}
