import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { isAlive } from '../testing/processes.ts';
import { killLeftovers, killProcessesIn, STATE_VARIABLE } from './leftovers.ts';

const WATCHDOG = new URL('./watchdog.ts', import.meta.url).href;
const PROCESS_GROUP = new URL('./process-group.ts', import.meta.url).href;
const started: number[] = [];

afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

/** A supervisor with two process groups, one of which it has released; gives the pids it prints. */
async function startSupervisor(): Promise<{ supervisor: number; kept: number; keptChild: number; released: number }> {
  const script = `
    import { startWatchdog } from '${WATCHDOG}';
    import { startProcess } from '${PROCESS_GROUP}';
    const watchdog = startWatchdog();
    const sleeper = (script) => startProcess({ argv: ['/bin/sh', '-c', script], cwd: '/', env: { PATH: '/usr/bin:/bin' }, output: 'pipe', watchdog });
    const kept = sleeper('sleep 600 & echo $!; wait');
    const released = sleeper('exec sleep 600');
    watchdog.release(released.pid);
    kept.child.stdout.once('data', (child) => console.log(JSON.stringify({ kept: kept.pid, keptChild: Number(String(child)), released: released.pid })));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: unknown[] = await once(child.stdout, 'data');
  const pids = JSON.parse(String(line)) as { kept: number; keptChild: number; released: number };
  const supervisor = child.pid ?? 0;
  started.push(supervisor, pids.kept, pids.keptChild, pids.released);
  return { supervisor, ...pids };
}

it('kills the guarded groups, whole, when the supervisor is killed with -9', async () => {
  const { supervisor, kept, keptChild, released } = await startSupervisor();
  expect([kept, keptChild, released].map(isAlive)).toEqual([true, true, true]);
  process.kill(supervisor, 'SIGKILL');
  await expect.poll(() => [kept, keptChild].map(isAlive)).toEqual([false, false]);
  expect(isAlive(released)).toBe(true);
});

it('finds what an earlier run left behind by its environment, and nothing else', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'hikyaku-left-'));
  const sleeper = (value: string) => {
    const { pid = 0 } = spawn('sleep', ['600'], {
      env: { PATH: '/usr/bin:/bin', [STATE_VARIABLE]: value },
      detached: true,
      stdio: 'ignore',
    });
    started.push(pid);
    return pid;
  };
  const ours = sleeper(stateDir);
  const others = sleeper(`${stateDir}-other`);
  expect(await killLeftovers(stateDir)).toBe(1);
  expect([ours, others].map(isAlive)).toEqual([false, true]);
  await rm(stateDir, { recursive: true });
});

it('finds processes by their working directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hikyaku-left-'));
  const { pid = 0 } = spawn('sleep', ['600'], { cwd: directory, detached: true, stdio: 'ignore' });
  started.push(pid);
  expect(await killProcessesIn(directory)).toBe(1);
  expect(isAlive(pid)).toBe(false);
  await rm(directory, { recursive: true });
});
