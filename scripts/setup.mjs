// Set-up that `npm start` and `npm test` do by themselves. It is plain JavaScript because it runs on the machine's own
// Node (20 or newer) before the pinned one is there. Does nothing when nothing changed.
//
//   --web   also build the web assets that are older than their sources
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.hikyaku-setup');

installDependencies();
if (process.argv.includes('--web')) run(join('node_modules', '.bin', 'node'), [join('scripts', 'build-web.ts')]);

function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('hikyaku: installing dependencies (npm ci) …\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** Runs a command in the repository; ends this process with the command's own exit code when it fails. */
function run(command, args) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell });
  if (status === 0) return;
  process.stderr.write(
    `hikyaku: \`${command} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ` (exit code ${status})`}\n`,
  );
  process.exit(status ?? 1);
}
