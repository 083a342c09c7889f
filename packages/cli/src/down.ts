/** `hikyaku down`: ends the supervisor of a workspace from another terminal, and forgets its state when asked to. */
import { readdir, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { lockHolder } from './lock.ts';
import { findWorkspace } from './workspace.ts';

const pollMs = 50;
/** Longer than any sensible terminationGracePeriodSeconds plus the stop of the backing services. */
const patienceMs = 120_000;

export async function down(
  path: string,
  options: { purge: boolean; stateDir?: string },
  print: (line: string) => void,
): Promise<void> {
  const workspace = findWorkspace(path, options.stateDir);
  const pid = lockHolder(workspace);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    for (let waitedMs = 0; lockHolder(workspace) === pid; waitedMs += pollMs) {
      if (waitedMs > patienceMs)
        throw new Failure(
          `hikyaku (pid ${pid}) has not ended within ${patienceMs / 1000} s; \`kill -9 ${pid}\` ends it and its Pods`,
        );
      await delay(pollMs);
    }
  }
  print(pid === undefined ? `nothing is running for ${workspace.root}` : `stopped (pid ${pid})`);
  if (!options.purge) return;
  await assertNothingElseIn(workspace.stateDir);
  await rm(workspace.stateDir, { recursive: true, force: true });
  print(`forgot everything in ${workspace.stateDir}`);
}

/** All that hikyaku keeps in a state folder. */
const own = /^(cache|credentials|kubeconfig|lock|logs|pods|run|store\.db|volumes)([.-].*)?$/;

/** `--state-dir` may name any folder, one's home for example: what was not made for hikyaku alone is not removed. */
async function assertNothingElseIn(stateDir: string): Promise<void> {
  const entries = await readdir(stateDir).catch(() => []);
  const stranger = entries.find((entry) => !own.test(entry));
  if (stranger !== undefined) throw new Failure(`${stateDir} holds "${stranger}", which is not hikyaku's: nothing was removed`);
}
