/**
 * A throw-away RabbitMQ for tests: the real server (Debian's `rabbitmq-server`), in a temporary directory on free loopback ports, with
 * a port mapper (epmd) of its own. Nothing of it survives `stop()` or the end of the test process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { freezeTree } from './process-tree.ts';
import { until } from './until.ts';

export type TestRabbitmq = {
  /** `amqp://…`, of the user guest. */
  readonly url: string;
  /**
   * Whether a quorum queue would survive a crash: the server saves their names every half second, and one that it did not
   * save is lost with what it holds (seen with 3.10).
   */
  hasSaved(queue: string): Promise<boolean>;
  /** Kills the server as `kill -9` does; it is gone until `revive()`. */
  crash(): Promise<void>;
  /** Starts it again on the same port, with what it had confirmed. */
  revive(): Promise<void>;
  /** The server hangs: connections stay, and nothing is answered. */
  freeze(): Promise<void>;
  /** It goes on where it was. */
  thaw(): void;
  /** Ends the server and deletes its files. May be called twice. */
  stop(): Promise<void>;
};

/** The server's own script: the one on the PATH insists on a user and on directories of the system's. */
const [script] = globSync('/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server');

/** Whether the server is installed; `npm run setup:real` does that. */
export const hasRabbitmq = script !== undefined && existsSync(script);

/** Takes some seconds. */
export async function startRabbitmq(): Promise<TestRabbitmq> {
  const directory = await mkdtemp(join(tmpdir(), 'hikyaku-rabbitmq-'));
  const [port, distributionPort, mapperPort] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(directory, 'plugins'), '[].\n');
  const env = {
    ...process.env,
    HOME: directory,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(mapperPort),
    RABBITMQ_NODENAME: `hikyaku${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_BASE: directory,
    RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}',
  };
  return control({ directory, port, env, server: await launch(env, port) });
}

type Parts = { directory: string; port: number; env: NodeJS.ProcessEnv; server: ChildProcess };

function control({ directory, port, env, server: first }: Parts): TestRabbitmq {
  let server = first;
  const crash = async (): Promise<void> => {
    const ended = isRunning(server) ? once(server, 'exit') : undefined;
    server.stdin?.destroy();
    await ended;
  };
  const stop = async (): Promise<void> => {
    await crash();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  let goOn: (() => void) | undefined;
  let stopped: Promise<void> | undefined;
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    hasSaved: async (queue) => {
      const [names] = globSync(join(directory, 'mnesia/*/quorum/*/names.dets'));
      // Not followed by a dot: the group's other queues begin with its name.
      return names !== undefined && new RegExp(`%2F_${queue}(?!\\.)`).test(await readFile(names, 'latin1'));
    },
    crash,
    revive: async () => {
      server = await launch(env, port);
    },
    freeze: async () => {
      // Not the shell: it is who ends them all.
      goOn ??= await freezeTree(server.pid ?? NaN, { root: false });
    },
    thaw: () => {
      goOn?.();
      goOn = undefined;
    },
    stop: () => (stopped ??= stop()),
  };
}

/**
 * The port mapper, then the server; the shell kills all of its process group as soon as its input closes, which is also how it learns
 * that the test process is gone.
 */
const watched = `epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" &
until epmd -names >/dev/null 2>&1; do sleep 0.05; done
("$0"; kill -KILL 0) >&2 &
read -r _
kill -KILL 0`;

async function launch(env: NodeJS.ProcessEnv, port: number): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', watched, script ?? 'rabbitmq-server'], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  await until(
    'RabbitMQ to start',
    async () => {
      if (!isRunning(child)) throw new Error(`RabbitMQ did not start:\n${output}`);
      return output.includes('startup complete') && (await isListening(port));
    },
    60_000,
  );
  return child;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
