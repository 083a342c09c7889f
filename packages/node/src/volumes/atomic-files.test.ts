import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFilesAtomically } from './atomic-files.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-files-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const files = (entries: Record<string, string>, mode = 0o600) =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));
const visible = async () => (await readdir(directory)).filter((name) => !name.startsWith('.')).toSorted();

it('replaces a whole set of files, nested ones too, and leaves nothing of the old set', async () => {
  await writeFilesAtomically(directory, files({ a: '1', 'nested/b': '2' }));
  await writeFilesAtomically(directory, files({ a: '3', c: '4' }));
  expect(await visible()).toEqual(['a', 'c']);
  expect(await readFile(join(directory, 'a'), 'utf8')).toBe('3');
  expect((await readdir(directory)).filter((name) => name.startsWith('..'))).toHaveLength(2);
});

it('gives the files the mode asked for', async () => {
  await writeFilesAtomically(directory, files({ key: 'x' }, 0o400));
  expect((await stat(join(directory, 'key'))).mode & 0o777).toBe(0o400);
});

it('does not touch files that are right already', async () => {
  await writeFilesAtomically(directory, files({ a: '1' }));
  const { ino } = await stat(join(directory, 'a'));
  await writeFilesAtomically(directory, files({ a: '1' }));
  expect((await stat(join(directory, 'a'))).ino).toBe(ino);
});
