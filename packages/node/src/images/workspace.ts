/**
 * Images that are folders of the workspace: `ghcr.io/acme/order-service:1.2` runs the folder (or npm package) called order-service.
 */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { ResolvedImage } from './image.ts';

/** The parts of a package.json that say how to run it. */
interface Package {
  name?: string;
  workspaces: string[];
  main?: string;
  bin?: string;
  start?: string;
  prestart?: string;
}

/** Where packages are looked for when the root's package.json names no workspaces. */
const ANYWHERE = ['*/', '*/*/', '*/*/*/'];

/** Of a folder that is built: what is made there, and what nobody watches anyhow. */
const NO_SOURCE = /^(?:dist|build|out)(?:-.*)?$|^node_modules$|^\./;

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
  const manifest = readPackage(folder);
  const command = startCommandOf(manifest);
  if (!command) return `${relative(root, folder) || '.'}/package.json has neither a "start" script nor "main" nor "bin"`;
  return {
    kind: 'workspace',
    description: relative(root, folder) || '.',
    entrypoint: command,
    arguments: [],
    cwd: folder,
    env: { PATH: pathOf(folder, root) },
    stopSignal: 'SIGTERM',
    ...(manifest?.prestart === undefined
      ? { sources: [folder] }
      : { build: ['/bin/sh', '-c', manifest.prestart], sources: sourcesIn(folder) }),
  };
}

function startCommandOf(manifest: Package | undefined): string[] | undefined {
  if (manifest?.start !== undefined) return wordsOf(manifest.start);
  const file = manifest?.main ?? manifest?.bin;
  return file === undefined ? undefined : ['node', file];
}

/** Node is run directly: npm or a shell in between would cost memory and keep signals from the program. */
function wordsOf(script: string): string[] {
  const isPlainNode = /^node\s/.test(script) && !/[$`"'\\;&|<>()*?]/.test(script);
  return isPlainNode ? script.trim().split(/\s+/) : ['/bin/sh', '-c', inPlaceOfShell(script)];
}

/** `A=1 one && two` → `A=1 one && exec two`: the last command takes the shell's place. */
function inPlaceOfShell(script: string): string {
  const isCompound = /&&|\|\||;/.test(script);
  // Where a command begins cannot be told without reading the quotes.
  if (isCompound && /["'`]/.test(script)) return script;
  return script
    .trim()
    .replace(/^(.*(?:&&|\|\||;)\s*)?(\w+=)?/s, (_all, before = '', assignment?: string) =>
      assignment === undefined ? `${before}exec ` : `${before}exec env ${assignment}`,
    );
}

/** What a build makes must not count as a change, or it would be built for ever. */
function sourcesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !NO_SOURCE.test(name))
    .map((name) => join(folder, name));
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
  const { start, prestart } = isRecord(scripts) ? scripts : {};
  return {
    workspaces: Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [],
    ...(typeof name === 'string' && { name }),
    ...(typeof main === 'string' && { main }),
    ...(typeof firstBin === 'string' && { bin: firstBin }),
    ...(typeof start === 'string' && { start }),
    ...(typeof prestart === 'string' && { prestart }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
