/**
 * From an image's name to something that runs, in this order: hikyaku.yaml, a folder of the workspace, the catalogue of native
 * servers. There is no registry and nothing is downloaded. Resolved anew at every start, so that a change counts at once.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNativeImage, nativeImageNames } from '../native/catalogue.ts';
import { findConfiguredImage, type ConfiguredImage } from './configuration.ts';
import type { ImageResolution, ResolvedImage } from './image.ts';
import { baseNameOf } from './reference.ts';
import { findWorkspaceFolder, imageOfFolder } from './workspace.ts';

export interface Images {
  /** Never throws: what is wrong is in an unresolved image's `tried`. */
  resolve(image: string): Promise<ImageResolution>;
  /** The folders (absolute) whose change means the image has changed; none when it cannot be resolved. */
  sources(image: string): Promise<readonly string[]>;
}

export function createImages(workspaceRoot: string): Images {
  const resolve = (image: string) => resolveImage(workspaceRoot, image).catch((error: unknown) => unresolved([messageOf(error)]));
  return {
    resolve,
    async sources(image) {
      const resolution = await resolve(image);
      return resolution.kind === 'unresolved' ? [] : resolution.sources;
    },
  };
}

async function resolveImage(root: string, image: string): Promise<ImageResolution> {
  const configured = await findConfiguredImage(root, image);
  if (configured) return resolveConfigured(root, image, configured);

  const name = baseNameOf(image);
  const folder = findWorkspaceFolder(root, name);
  if (folder !== undefined) return runnable(imageOfFolder(folder, root));

  const native = findNativeImage(name);
  if (native) return native;
  return unresolved([
    `no entry for it in ${join(root, 'hikyaku.yaml')}`,
    `no folder or package named "${name}" among the workspaces of ${root}`,
    `no native server of that name (there are: ${nativeImageNames.join(', ')})`,
    'running images in containers (Podman) is not supported yet',
  ]);
}

function resolveConfigured(root: string, image: string, { dir, command, native }: ConfiguredImage): ImageResolution {
  if (native !== undefined) {
    return (
      findNativeImage(native) ??
      unresolved([
        `hikyaku.yaml runs ${image} as "${native}", which is no native server (there are: ${nativeImageNames.join(', ')})`,
      ])
    );
  }
  const folder = join(root, dir ?? '.');
  if (!existsSync(folder)) return unresolved([`hikyaku.yaml says ${image} is in ${folder}, which does not exist`]);
  if (!command) return runnable(imageOfFolder(folder, root));
  return {
    kind: 'command',
    description: command.join(' '),
    entrypoint: command,
    arguments: [],
    cwd: folder,
    env: { PATH: [join(folder, 'node_modules/.bin'), join(root, 'node_modules/.bin')].join(':') },
    stopSignal: 'SIGTERM',
    sources: dir === undefined ? [] : [folder],
  };
}

function runnable(image: ResolvedImage | string): ImageResolution {
  return typeof image === 'string' ? unresolved([image]) : image;
}

function unresolved(tried: string[]): ImageResolution {
  return { kind: 'unresolved', tried };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
