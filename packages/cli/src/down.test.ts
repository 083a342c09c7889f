import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { down } from './down.ts';

let stateDir: string;
const lines: string[] = [];
const purge = () => down('.', { purge: true, stateDir }, (line) => lines.push(line));

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'hikyaku-down-'));
  writeFileSync(join(stateDir, 'store.db'), '');
  writeFileSync(join(stateDir, 'store.db-wal'), '');
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

describe('forgetting', () => {
  it('removes the state folder', async () => {
    await purge();
    expect(existsSync(stateDir)).toBe(false);
    expect(lines.at(-1)).toContain(stateDir);
  });

  it('leaves a folder alone that holds anything else', async () => {
    writeFileSync(join(stateDir, 'thesis.tex'), 'years of work');
    await expect(purge()).rejects.toThrow('thesis.tex');
    expect(existsSync(join(stateDir, 'store.db'))).toBe(true);
  });
});
