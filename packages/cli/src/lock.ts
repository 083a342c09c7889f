/**
 * One supervisor per workspace. The lock file names the process by pid and start time, so a lock left behind by a process that was
 * killed is recognised at once, also when its pid belongs to somebody else by now. (Lock libraries decide by a
 * heartbeat's age and would make the next start wait.)
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { processInfo } from './processes.ts';
import type { Workspace } from './workspace.ts';

interface LockFile {
  pid: number;
  startTime: string;
}

/** Takes the workspace's lock; throws a Failure that names the holder. Returns how to release it. */
export function acquireLock(workspace: Workspace): () => void {
  const file = lockPath(workspace);
  const self = processInfo(process.pid);
  if (self === undefined) throw new Failure('cannot read this process’s own start time from the system');
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: self.pid, startTime: self.startTime } satisfies LockFile), { mode: 0o600 });
  try {
    if (!claim(mine, file)) {
      const holder = lockHolder(workspace);
      if (holder !== undefined) {
        throw new Failure(
          `hikyaku is already running for ${workspace.root} (pid ${holder}); stop it with Ctrl-C there or with \`npx hikyaku down\``,
        );
      }
      rmSync(file, { force: true });
      if (!claim(mine, file)) throw new Failure(`another hikyaku is starting for ${workspace.root} at this moment`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** Pid of the living supervisor of the workspace, if there is one. */
export function lockHolder(workspace: Workspace): number | undefined {
  const held = readLock(lockPath(workspace));
  if (held === undefined) return undefined;
  return processInfo(held.pid)?.startTime === held.startTime ? held.pid : undefined;
}

function lockPath(workspace: Workspace): string {
  return join(workspace.stateDir, 'lock');
}

/** A hard link appears with its content or not at all, and fails when the name is taken. */
function claim(mine: string, file: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(file: string): LockFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startTime' in value)) return undefined;
    return { pid: Number(value.pid), startTime: String(value.startTime) };
  } catch {
    return undefined;
  }
}
