/**
 * Mount paths without mounts: a process has no file system of its own, so a path under a mount path is replaced by the path of the
 * directory that is the volume: here in environment values and arguments, and in Node programs also at run time (preload/files.cjs).
 */
import { join, normalize } from 'node:path';
import { escapeRegExp } from '../escape.ts';
import type { ContainerSpec } from '../pod/types.ts';

export interface Mount {
  /** The absolute path the container sees, without a slash at the end. */
  mountPath: string;
  /** The real directory or file. */
  directory: string;
}

export interface MountSources {
  /** Stays where it is even when a mount path covers it: the program's own files are in it. */
  workspaceRoot: string;
  directoryOf: (volume: string) => string;
  /** Replaces `$(NAME)` by environment variables. */
  expand: (text: string) => string;
}

/** Longest mount path first: the innermost mount wins. */
export function mountsOf(container: ContainerSpec, { workspaceRoot, directoryOf, expand }: MountSources): Mount[] {
  const mounts = (container.volumeMounts ?? []).map(({ name, mountPath, subPath, subPathExpr }) => ({
    mountPath: normalize(mountPath).replace(/(.)\/$/, '$1'),
    directory: join(directoryOf(name), subPathExpr === undefined ? (subPath ?? '') : expand(subPathExpr)),
  }));
  if (mounts.length === 0) return [];
  return [...mounts, { mountPath: workspaceRoot, directory: workspaceRoot }].toSorted(
    (a, b) => b.mountPath.length - a.mountPath.length,
  );
}

/** The real path behind `path`, which may be one already; undefined when no mount covers it. */
export function locate(path: string, mounts: readonly Mount[]): string | undefined {
  if (mounts.some(({ directory }) => isWithin(path, directory))) return path;
  const mount = mounts.find(({ mountPath }) => isWithin(path, mountPath));
  return mount && mount.directory + path.slice(mount.mountPath.length);
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Replaces mount paths wherever one stands on its own in a text: `/data`, `--dir=/data/x`, `/bin:/data/bin`, `cat /data/x`. */
export function rewriteMounts(text: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0 || !text.includes('/')) return text;
  const paths = mounts.map(({ mountPath }) => escapeRegExp(mountPath)).join('|');
  const pattern = new RegExp(`(?<=^|[\\s=:,"'])(?:${paths})(?=$|[/\\s:,;"'])`, 'g');
  return text.replace(pattern, (mountPath) => locate(mountPath, mounts) ?? mountPath);
}
