/**
 * Starts a program in a mount namespace where a file of the Pod lies over /etc/hosts: how programs that are not Node find Services by
 * name. Linux alone, and only where namespaces may be made; Node programs need none of it (../../preload).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';

export interface Program {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

const script = 'mount --bind "$0" /etc/hosts && exec "$@"';

/** The command with `hostsFile` for /etc/hosts; as it was where that is not needed or not possible. */
export function withHosts(hostsFile: string, program: Program): readonly string[] {
  // What is not there fails as it would without us, with the error that says so.
  if (isNode(program) || !exists(program) || whyNoNamespaces() !== undefined) return program.argv;
  return inNamespace(hostsFile, program.argv);
}

export function isNode({ argv }: Pick<Program, 'argv'>): boolean {
  return basename(argv[0] ?? '') === 'node';
}

let reason: string | undefined;
let isChecked = false;

/** Why programs cannot be given a file of their own, for a person; undefined when they can. Tried once. */
export function whyNoNamespaces(): string | undefined {
  if (!isChecked) reason = tryNamespace();
  isChecked = true;
  return reason;
}

function tryNamespace(): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} has no mount namespaces`;
  const [command = '', ...args] = inNamespace('/etc/hosts', ['true']);
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 5_000 });
  if (status === 0) return undefined;
  return `mount namespaces are off on this machine (${error?.message ?? stderr.trim()})`;
}

/** The process id stays: every step is an exec. */
function inNamespace(hostsFile: string, argv: readonly string[]): string[] {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid === 0) return ['unshare', '--mount', '--', 'sh', '-c', script, hostsFile, ...argv];
  // To mount, one must be root of a user namespace; in another inside it the program is again who it was.
  const again = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
  return ['unshare', '--user', '--map-root-user', '--mount', '--', 'sh', '-c', script, hostsFile, ...again, ...argv];
}

function exists({ argv, cwd, env }: Program): boolean {
  const [name = ''] = argv;
  if (name.includes('/')) return existsSync(resolve(cwd, name));
  return (env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, name)));
}
