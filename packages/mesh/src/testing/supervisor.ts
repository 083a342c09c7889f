/**
 * A program that runs a mesh over an empty cluster until it is killed, for tests of what is left behind. Prints each status as a
 * line of JSON.
 */
import { startMesh } from '../control/start-mesh.ts';
import { memoryClient } from './memory-client.ts';

await startMesh({
  client: memoryClient(),
  gatewayPort: 0,
  signal: new AbortController().signal,
  onStatus: (status) => process.stdout.write(`${JSON.stringify(status)}\n`),
});
