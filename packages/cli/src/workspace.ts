/**
 * Where a system's files live: the workspace root is found from the manifests, and everything hikyaku keeps is in
 * `.hikyaku/` there. Nothing outside that folder is ever written.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface Workspace {
  /** Absolute. Images are looked for below it. */
  root: string;
  /** `<root>/.hikyaku` unless chosen otherwise, mode 0700. */
  stateDir: string;
  kubeconfig: string;
}

/**
 * The nearest folder at or above `start` that holds a `hikyaku.yaml`, a `.hikyaku`, a package.json with workspaces or a `.git`;
 * when there is none, the folder of `start` itself. `stateDir` puts the state elsewhere, so that several systems can run from one workspace.
 */
export function findWorkspace(start: string, stateDirOption?: string): Workspace {
  const absolute = resolve(start);
  const from = existsSync(absolute) && statSync(absolute).isFile() ? dirname(absolute) : absolute;
  const root = [...ancestors(from)].find(isRoot) ?? from;
  const stateDir = stateDirOption === undefined ? join(root, '.hikyaku') : resolve(stateDirOption);
  return { root, stateDir, kubeconfig: join(stateDir, 'kubeconfig') };
}

/** Creates the state folder, readable by its owner alone. */
export async function prepareStateDir(workspace: Workspace): Promise<void> {
  await mkdir(workspace.stateDir, { recursive: true, mode: 0o700 });
}

function* ancestors(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}

function isRoot(folder: string): boolean {
  if (['hikyaku.yaml', '.hikyaku', '.git'].some((name) => existsSync(join(folder, name)))) return true;
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) && /"workspaces"\s*:/.test(readFileSync(manifest, 'utf8'));
}
