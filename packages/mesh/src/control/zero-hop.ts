/**
 * What lets Node processes carry their own calls: the file they load, and the socket they follow snapshots on.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mountBundle } from './mount-bundle.ts';

export interface ZeroHop {
  /** A CommonJS file that exports `mount` (inprocess/mount.ts). */
  module: string;
  /** For `startMesh` too. */
  socketPath: string;
}

/** sun_path has 108 bytes, the last of which is 0. */
const longestSocketPathBytes = 107;

/** Rejects, with the reason for a person, when it cannot be had; then all calls go through the proxy. */
export async function prepareZeroHop(stateDir: string): Promise<ZeroHop> {
  const socketPath = join(stateDir, 'run', 'mesh.sock');
  if (Buffer.byteLength(socketPath) > longestSocketPathBytes)
    throw new Error(`the path of the state directory is too long for a socket in it: ${stateDir}`);
  await mkdir(join(stateDir, 'run'), { recursive: true, mode: 0o700 });
  return { module: await mountBundle(join(stateDir, 'cache')), socketPath };
}
