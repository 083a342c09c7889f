/**
 * Writes a set of files so that a reader sees all of the old set or all of the new one, the way the kubelet does:
 *
 *     ..data -> ..3f2a        the current set; replaced by one rename
 *     ..3f2a/config.yaml      the files
 *     config.yaml -> ..data/config.yaml
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file by its path within the directory. */
export type Files = ReadonlyMap<string, { content: Buffer; mode: number }>;

const CURRENT = '..data';

/** Does nothing when the directory has exactly these files already. */
export async function writeFilesAtomically(directory: string, files: Files): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const set = `..${digestOf(files)}`;
  const current = await readlink(join(directory, CURRENT)).catch(() => undefined);
  if (current === set) return;

  await rm(join(directory, set), { recursive: true, force: true });
  await mkdir(join(directory, set), { mode: 0o700 });
  for (const [path, { content, mode }] of files) {
    const file = join(directory, set, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode });
  }
  await replaceLink(join(directory, CURRENT), set);
  await linkNames(directory, new Set([...files.keys()].map((path) => path.split('/')[0] ?? path)));
  if (current !== undefined) await rm(join(directory, current), { recursive: true, force: true });
}

async function linkNames(directory: string, names: ReadonlySet<string>): Promise<void> {
  const existing = (await readdir(directory)).filter((name) => !name.startsWith('..'));
  for (const name of existing) if (!names.has(name)) await rm(join(directory, name));
  for (const name of names) if (!existing.includes(name)) await symlink(join(CURRENT, name), join(directory, name));
}

async function replaceLink(link: string, target: string): Promise<void> {
  await rm(`${link}_new`, { force: true });
  await symlink(target, `${link}_new`);
  await rename(`${link}_new`, link);
}

function digestOf(files: Files): string {
  const hash = createHash('sha256');
  for (const [path, { content, mode }] of files) hash.update(`${path}\0${mode}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 16);
}
