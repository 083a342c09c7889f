/**
 * Images that are folders of the workspace: `ghcr.io/acme/order-service:1.2` runs the folder (or npm package) called order-service.
 */
import { readFileSync, globSync, existsSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { ResolvedImage } from './image.ts';

/** The parts of a package.json that say how to run it. */
interface Package {
  name?: string;
  workspaces: string[];
  main?: string;
  bin?: string;
  start?: string;
}

/** Where packages are looked for when the root's package.json names no workspaces. */
const ANYWHERE = ['*/', '*/*/', '*/*/*/'];

/** The folder for a base name: by package name (`@acme/order-service`) or by the folder's own. */
export function findWorkspaceFolder(root: string, name: string): string | undefined {
  const patterns = readPackage(root)?.workspaces ?? [];
  const folders = globSync(patterns.length > 0 ? patterns : ANYWHERE, { cwd: root, exclude: ['**/node_modules', '**/.*'] })
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(join(folder, 'package.json')));
  const byName = folders.find((folder) => readPackage(folder)?.name?.split('/').at(-1) === name);
  return byName ?? folders.find((folder) => basename(folder) === name);
}

/** How to run a folder, or a sentence that says what it lacks. */
export function imageOfFolder(folder: string, root: string): ResolvedImage | string {
  const command = startCommandOf(folder);
  if (!command) return `${relative(root, folder) || '.'}/package.json has neither a "start" script nor "main" nor "bin"`;
  return {
    kind: 'workspace',
    description: relative(root, folder) || '.',
    entrypoint: command,
    arguments: [],
    cwd: folder,
    env: { PATH: pathOf(folder, root) },
    stopSignal: 'SIGTERM',
    sources: [folder],
  };
}

/** Node is run directly: npm or a shell in between would cost memory and keep signals from the program. */
function startCommandOf(folder: string): string[] | undefined {
  const manifest = readPackage(folder);
  if (manifest?.start !== undefined) {
    const isPlainNode = /^node\s/.test(manifest.start) && !/[$`"'\\;&|<>()*?]/.test(manifest.start);
    return isPlainNode ? manifest.start.trim().split(/\s+/) : ['/bin/sh', '-c', `exec ${manifest.start}`];
  }
  const file = manifest?.main ?? manifest?.bin;
  return file === undefined ? undefined : ['node', file];
}

function pathOf(folder: string, root: string): string {
  return [join(folder, 'node_modules/.bin'), join(root, 'node_modules/.bin')].join(':');
}

function readPackage(folder: string): Package | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    // None, or one that npm could not read either.
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const { name, main, bin, scripts, workspaces } = parsed;
  const globs = isRecord(workspaces) ? workspaces.packages : workspaces;
  const firstBin = isRecord(bin) ? Object.values(bin)[0] : bin;
  const start = isRecord(scripts) ? scripts.start : undefined;
  return {
    workspaces: Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [],
    ...(typeof name === 'string' && { name }),
    ...(typeof main === 'string' && { main }),
    ...(typeof firstBin === 'string' && { bin: firstBin }),
    ...(typeof start === 'string' && { start }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
