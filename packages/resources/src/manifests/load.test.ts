import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadManifests } from './load.ts';

describe('loading manifests from disk', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hikyaku-manifests-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function write(
    path: string,
    content: string | Uint8Array = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${path.replace(/\W/g, '-')} }\n`,
  ): string {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), content);
    return join(dir, path);
  }

  it('reads a folder by name, the folders in it too, and nothing hidden', async () => {
    for (const path of ['b.yml', 'a.yaml', 'c/d.json', 'readme.md', '.git/x.yaml', 'node_modules/y.yaml'])
      write(path, path.endsWith('json') ? '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}' : undefined);
    const { files, diagnostics, resources } = await loadManifests([dir]);
    expect(files.map((file) => relative(dir, file))).toEqual(['a.yaml', 'b.yml', join('c', 'd.json')]);
    expect(diagnostics).toEqual([]);
    expect(resources).toHaveLength(3);
  });

  it('reads a file once that is named twice', async () => {
    const file = write('a.yaml');
    expect((await loadManifests([file, dir, file])).files).toEqual([file]);
  });

  it('tells of what cannot be read, and reads the rest', async () => {
    const binary = write('b.yaml', Uint8Array.of(0xff, 0xfe, 0x00));
    const empty = join(dir, 'empty');
    mkdirSync(empty);
    const { diagnostics, resources } = await loadManifests([join(dir, 'nope.yaml'), binary, empty, write('a.yaml')]);
    expect(diagnostics.map(({ file, message }) => [relative(dir, file), message])).toEqual([
      ['nope.yaml', 'there is no such file or folder'],
      ['empty', 'there are no manifests (*.yaml, *.yml, *.json) in this folder'],
      ['b.yaml', 'is not UTF-8 text'],
    ]);
    expect(resources).toHaveLength(1);
  });
});
