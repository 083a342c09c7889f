/**
 * The `redis` image without its image: the `redis-server` of this machine, with the arguments of the manifest. hikyaku brings none
 * along, because there is none on npm; `npm run setup:real` installs Debian's.
 */
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ExecResult } from '../container/exec.ts';
import type { NativeContainer, NativeImage } from '../images/image.ts';
import { findProgram } from './postgres-ready.ts';

const program = 'redis-server';

export const redis: NativeImage = {
  async prepare(container) {
    const [first, ...rest] = container.argv;
    const words = first === program || first === undefined ? rest : container.argv;
    if (words[0] === '-c')
      throw new Error('a shell command for redis is not supported by the native server: name redis-server and its options');
    const directory = container.locate('/data') ?? join(container.directory, 'data');
    await mkdir(directory, { recursive: true });
    // Ours come last and win: nothing else than the Pod's own address may be listened on.
    return [serverPath(), ...words, '--dir', directory, '--bind', container.podIp, '--protected-mode', 'no', '--daemonize', 'no'];
  },
  exec(argv, container) {
    const words = findProgram(argv, 'redis-cli', container.env);
    return words === undefined ? undefined : ping(words, container);
  },
};

function serverPath(): string {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = places.find(isExecutable);
  if (found === undefined)
    throw new Error(
      'redis-server is not installed on this machine: `npm run setup:real` installs it (Debian), or your package manager does',
    );
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What probes ask: `redis-cli … ping`. Undefined for any other command, which the machine's own redis-cli may answer. */
function ping(words: readonly string[], { podIp, env, signal }: NativeContainer): Promise<ExecResult> | undefined {
  const options = {
    host: { short: 'h', type: 'string' },
    port: { short: 'p', type: 'string' },
    pass: { short: 'a', type: 'string' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    if (positionals.length !== 1 || positionals[0]?.toLowerCase() !== 'ping') return undefined;
    const password = values.pass ?? env.REDISCLI_AUTH;
    return ask({ host: podIp, port: Number(values.port ?? 6379), signal, ...(password !== undefined && { password }) });
  } catch {
    return undefined;
  }
}

/** Never rejects. */
async function ask(server: { host: string; port: number; password?: string; signal: AbortSignal }): Promise<ExecResult> {
  const { host, port, password, signal } = server;
  const socket = connect({ host, port, signal });
  let output = '';
  try {
    if (password !== undefined) socket.write(`*2\r\n$4\r\nAUTH\r\n$${Buffer.byteLength(password)}\r\n${password}\r\n`);
    socket.end('PING\r\n');
    for await (const piece of socket as AsyncIterable<Buffer>) output += piece.toString();
  } catch (error) {
    return { code: 1, output: `redis at ${host}:${port}: ${error instanceof Error ? error.message : String(error)}` };
  }
  return { code: output.endsWith('+PONG\r\n') ? 0 : 1, output: output.trim().replace(/^\+/gm, '') };
}
