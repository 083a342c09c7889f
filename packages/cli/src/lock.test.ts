import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lockHolder } from './lock.ts';
import { processInfo } from './processes.ts';
import type { Workspace } from './workspace.ts';

let workspace: Workspace;

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'hikyaku-lock-'));
  workspace = { root, stateDir: root, kubeconfig: join(root, 'kubeconfig') };
});
afterEach(() => rmSync(workspace.root, { recursive: true }));

describe('the workspace lock', () => {
  it('names its holder to whoever comes second', () => {
    const release = acquireLock(workspace);
    expect(() => acquireLock(workspace)).toThrow(`pid ${process.pid}`);
    release();
    expect(lockHolder(workspace)).toBeUndefined();
  });

  it('is free when its holder is dead', () => {
    writeFileSync(join(workspace.stateDir, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1' }));
    acquireLock(workspace)();
  });

  it('is free when the holder’s pid belongs to another process by now', () => {
    writeFileSync(
      join(workspace.stateDir, 'lock'),
      JSON.stringify({ pid: process.pid, startTime: `${processInfo(process.pid)?.startTime}0` }),
    );
    acquireLock(workspace)();
  });

  it('is free when the file is damaged', () => {
    writeFileSync(join(workspace.stateDir, 'lock'), '{"pi');
    acquireLock(workspace)();
  });
});
