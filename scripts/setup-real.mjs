// `npm run setup:real [-- --bench]`: installs the real programs that some tests drive and npm cannot bring, from Debian's packages. Does nothing for those
// that are there.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Program → the Debian package that has it. */
const forTests = { kubectl: 'kubernetes-client', rabbitmqctl: 'rabbitmq-server', 'redis-server': 'redis-server' };
/** With --bench: two peers of bench/proxy and its load. No test needs them. */
const forBenchmarks = { nginx: 'nginx', haproxy: 'haproxy', wrk: 'wrk' };

const parts = process.argv.includes('--bench') ? { ...forTests, ...forBenchmarks } : forTests;

// Looked for and not run: even the help of RabbitMQ's tools starts Erlang's port mapper.
const missing = Object.entries(parts).filter(([program]) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0);
if (missing.length > 0) {
  const packages = missing.map(([, name]) => name);
  const before = portMappers();
  console.log(`installing ${packages.join(', ')} …`);
  run('apt-get', ['update', '-qq']);
  // The run level keeps the packages from starting servers of their own.
  run('env', [
    'RUNLEVEL=1',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    ...packages,
  ]);
  // The package of RabbitMQ runs its tools while it is installed, and those leave Erlang's port mapper behind.
  const left = portMappers().filter((pid) => !before.includes(pid));
  if (left.length > 0) run('kill', left);
}

/** Process ids of the running `epmd`. */
function portMappers() {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && nameOf(entry) === 'epmd');
}

function nameOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function run(command, args) {
  const asRoot = process.getuid?.() === 0 ? [command, ...args] : ['sudo', command, ...args];
  const [program, ...rest] = asRoot;
  const { status, error } = spawnSync(program, rest, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(
    `\`${asRoot.join(' ')}\` failed${error ? `: ${error.message}` : ''}; on other systems install by hand: ${Object.keys(parts).join(', ')}`,
  );
  process.exit(status ?? 1);
}
