/**
 * Kills what is left when the supervisor dies without a chance to clean up (kill -9, out of memory). A shell of a megabyte holds
 * the other end of a pipe and a list of process groups; when the pipe closes it kills the groups that are still on the list.
 * It lives in a session of its own, so Ctrl-C in the terminal does not reach it.
 */
import { spawn } from 'node:child_process';

export interface Watchdog {
  /** From now on the group dies with the supervisor. */
  guard(processGroup: number): void;
  release(processGroup: number): void;
  /** Resolves when the watchdog is gone; groups that are still guarded are killed by it. */
  close(): Promise<void>;
}

/**
 * Only numbers from 2 on are taken: to `kill`, -1 means every process there is. And no `--` before the group: dash, the /bin/sh of Debian,
 * takes it for a process.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
groups=' '
while read -r sign group; do
  case $group in ''|0*|1|*[!0-9]*) continue ;; esac
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done
`;

export function startWatchdog(): Watchdog {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'hikyaku-watchdog'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
  });
  const exited = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve());
    shell.once('error', () => resolve());
  });
  // Without the watchdog everything still works, and leftovers are found at the next start.
  shell.stdin.on('error', () => undefined);
  return {
    guard: (processGroup) => void shell.stdin.write(`+ ${processGroup}\n`),
    release: (processGroup) => void shell.stdin.write(`- ${processGroup}\n`),
    async close() {
      shell.stdin.end();
      await exited;
    },
  };
}
