/**
 * pg_isready without the program: asks a server whether it takes connections, by the first message of the protocol.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import type { ExecResult } from '../container/exec.ts';
import type { NativeContainer } from '../images/image.ts';

/** The exit codes of pg_isready. */
const ACCEPTING = 0;
const REJECTING = 1;
const NO_RESPONSE = 2;
const NOT_ATTEMPTED = 3;

/** cannot_connect_now: starting up, shutting down or recovering. */
const CANNOT_CONNECT_NOW = '57P03';

/** Whatever names this machine in a manifest means the Pod. */
const LOCAL = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0']);

/** Whether a host as libpq takes it (an address, a name, a directory of sockets, or nothing) means the Pod itself. */
export function isLocal(host: string | undefined): boolean {
  return host === undefined || host === '' || host.startsWith('/') || LOCAL.has(host);
}

/**
 * The arguments of `program` when the command is a call of it, on its own or as the only command of a shell: `sh -c 'exec pg_isready -U "$POSTGRES_USER"'`.
 */
export function findProgram(
  argv: readonly string[],
  program: string,
  env: Readonly<Record<string, string>>,
): string[] | undefined {
  const [command = '', flag = '', script = ''] = argv;
  const isShell = /^(\/bin\/|\/usr\/bin\/)?(sh|bash)$/.test(command) && /^-e?c$/.test(flag);
  const words = isShell ? wordsOf(script, env) : [...argv];
  const [name, ...rest] = words ?? [];
  return name?.split('/').at(-1) === program ? rest : undefined;
}

/** The words of a simple shell command; undefined for anything that needs a shell. */
function wordsOf(script: string, env: Readonly<Record<string, string>>): string[] | undefined {
  const expanded = script
    .trim()
    .replace(/^exec\s+/, '')
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => env[braced ?? plain ?? ''] ?? '');
  if (/[;&|<>()`\\\n$*?]/.test(expanded)) return undefined;
  return Array.from(
    expanded.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}

/** Never rejects. */
export async function pgIsReady(
  words: readonly string[],
  { podIp, env, signal }: Pick<NativeContainer, 'podIp' | 'env' | 'signal'>,
): Promise<ExecResult> {
  let options;
  try {
    options = parseOptions(words);
  } catch (error) {
    return { code: NOT_ATTEMPTED, output: `pg_isready: ${error instanceof Error ? error.message : String(error)}` };
  }
  const user = given(options.username) ?? given(env.PGUSER) ?? 'postgres';
  const host = options.host === undefined || isLocal(options.host) ? podIp : options.host;
  const port = Number(options.port ?? env.PGPORT ?? 5432);
  const code = await ask(host, port, startupMessage(user, given(options.dbname) ?? user), signal);
  const outcome = { [ACCEPTING]: 'accepting connections', [REJECTING]: 'rejecting connections' }[code] ?? 'no response';
  return { code, output: options.quiet ? '' : `${host}:${port} - ${outcome}` };
}

/** An empty option (of an unset variable) is no option, as for libpq. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function parseOptions(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    options: {
      host: { type: 'string', short: 'h' },
      port: { type: 'string', short: 'p' },
      username: { type: 'string', short: 'U' },
      dbname: { type: 'string', short: 'd' },
      timeout: { type: 'string', short: 't' },
      quiet: { type: 'boolean', short: 'q' },
    },
  }).values;
}

function ask(host: string, port: number, message: Buffer, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal }, () => socket.write(message));
    let answer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const code = readAnswer(answer);
      if (code === undefined) return;
      socket.destroy();
      resolve(code);
    });
    socket.once('error', () => resolve(NO_RESPONSE));
    socket.once('close', () => resolve(NO_RESPONSE));
  });
}

/** The meaning of a whole first message; undefined while it is not complete. */
function readAnswer(answer: Buffer): number | undefined {
  if (answer.length < 5 || answer.length < 1 + answer.readInt32BE(1)) return undefined;
  // Anything but an error is a request to authenticate: the server is there for its clients. So is one that knows no such user.
  if (answer.toString('latin1', 0, 1) !== 'E') return ACCEPTING;
  return answer.toString('latin1', 5).split('\0').includes(`C${CANNOT_CONNECT_NOW}`) ? REJECTING : ACCEPTING;
}

function startupMessage(user: string, database: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0application_name\0pg_isready\0\0`, 'utf8');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
