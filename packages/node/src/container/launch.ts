/**
 * Puts together what one run of a container is: the command, the directory and the environment that stand in for image and
 * sandbox.
 */
import { existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseQuantity } from '@hikyaku/resources';
import type { NativeContainer, ResolvedImage } from '../images/image.ts';
import { isNode, whyNoNamespaces, withHosts } from '../network/mount-namespace.ts';
import { WaitingError } from '../pod/configuration.ts';
import type { PodContext } from '../pod/context.ts';
import type { ContainerSpec } from '../pod/types.ts';
import { STATE_VARIABLE } from '../process/leftovers.ts';
import { startProcess } from '../process/process-group.ts';
import { locate, mountsOf, rewriteMounts, type Mount } from '../volumes/mounts.ts';
import { prepareVolumes, volumeDirectory } from '../volumes/volumes.ts';
import { buildEnv, expand } from './env.ts';
import { exec, type ExecResult } from './exec.ts';

export interface Launch {
  image: ResolvedImage;
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Runs a command as if inside the container. */
  exec: (argv: readonly string[], signal: AbortSignal) => Promise<ExecResult>;
}

const PRELOAD = fileURLToPath(new URL('../../preload/index.cjs', import.meta.url));
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What of the memory limit Node's heap may take; the rest is for buffers, stacks and code. */
const HEAP_SHARE = 0.75;

/** Throws a WaitingError while something is missing, and whatever a native image's preparation throws. */
export async function prepareLaunch(
  container: ContainerSpec,
  pod: PodContext,
  logPath: string,
  signal: AbortSignal,
): Promise<Launch> {
  const image = await pod.node.images.resolve(container.image ?? '');
  if (image.kind === 'unresolved')
    throw new WaitingError('ImagePullBackOff', `image "${container.image ?? ''}": ${image.tried.join('; ')}`);
  await prepareVolumes(pod);

  const { services } = pod.node;
  const declared = buildEnv(container, {
    ...pod,
    services: services.list().filter(({ metadata }) => metadata.namespace === pod.namespace),
  });
  const mounts = mountsOf(container, {
    workspaceRoot: pod.node.workspaceRoot,
    directoryOf: (volume) => volumeDirectory(pod, volume),
    expand: (text) => expand(text, declared),
  });
  for (const { directory } of mounts) await makeMountPoint(directory);
  const env = await completeEnv(declared, image, container, pod, mounts);
  const directory = join(pod.directory, 'containers', container.name);
  await mkdir(directory, { recursive: true, mode: 0o700 });

  const words = [...(container.command ?? image.entrypoint), ...(container.args ?? (container.command ? [] : image.arguments))];
  const argv = words.map((word) => rewriteMounts(expand(word, env), mounts));
  const cwd = image.kind === 'native' ? directory : image.cwd;
  const native = nativeContainer({ argv: argv.slice(1), env, directory: cwd, mounts, pod, logPath, signal });
  const hostsFile = await etcHostsOf(pod);
  if (image.native === undefined && !isNode({ argv })) warnOfMissingNames(pod);
  if (image.build) await native.run(image.build);
  await pod.node.compileCache.fill({ argv, cwd }, signal);
  return {
    image,
    argv: image.native ? await image.native.prepare(native) : withHosts(hostsFile, { argv, cwd, env }),
    cwd,
    env,
    exec(command, until) {
      const rewritten = command.map((word) => rewriteMounts(word, mounts));
      return (
        image.native?.exec?.(rewritten, { ...native, signal: until }) ??
        exec(withHosts(hostsFile, { argv: rewritten, cwd, env }), { cwd, env, signal: until, watchdog: pod.node.watchdog })
      );
    },
  };
}

function etcHostsOf({ node, pod, namespace, directory, podIp }: PodContext): Promise<string> {
  return node.etcHosts.file({ namespace, directory, podIp, hostname: pod.metadata.name });
}

let isTold = false;

/** Once: it is true of the machine, not of the Pod that happens to be the first. */
function warnOfMissingNames({ node, pod }: PodContext): void {
  const reason = whyNoNamespaces();
  if (reason === undefined || isTold) return;
  isTold = true;
  const message = `programs that are not Node find Services by their environment variables alone, not by name: ${reason}`;
  node.recordEvent(pod, { type: 'Warning', reason: 'NoServiceNames', message });
}

/** A `subPath` that is not in its volume yet becomes a directory there. */
async function makeMountPoint(directory: string): Promise<void> {
  if (!existsSync(directory)) await mkdir(directory, { recursive: true, mode: 0o700 });
}

/** What an image would bring, what the manifest says, and what the Pod's sandbox needs, each over the one before. */
async function completeEnv(
  declared: Record<string, string>,
  image: ResolvedImage,
  container: ContainerSpec,
  pod: PodContext,
  mounts: readonly Mount[],
): Promise<Record<string, string>> {
  const home = join(pod.directory, 'home');
  const temporary = join(pod.directory, 'tmp');
  for (const directory of [home, temporary]) await mkdir(directory, { recursive: true, mode: 0o700 });
  const env: Record<string, string> = {
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    HOSTNAME: pod.pod.metadata.name,
    NODE_COMPILE_CACHE: pod.node.compileCache.directory,
    ...(process.env.TZ !== undefined && { TZ: process.env.TZ }),
    ...image.env,
    ...rewriteValues(declared, mounts),
  };
  return {
    ...env,
    // The Node that runs hikyaku runs the services.
    PATH: [dirname(process.execPath), env.PATH, SYSTEM_PATH].filter(Boolean).join(':'),
    NODE_OPTIONS: nodeOptions(container, env.NODE_OPTIONS),
    HIKYAKU_POD_IP: pod.podIp,
    HIKYAKU_HOSTS: await pod.node.hosts.file(pod.namespace),
    ...zeroHopEnv(pod),
    [STATE_VARIABLE]: pod.node.stateDir,
    ...(mounts.length > 0 && {
      HIKYAKU_MOUNTS: JSON.stringify(mounts.map(({ mountPath, directory }) => [mountPath, directory])),
    }),
  };
}

/** On a Pod: "false" sends its calls through the node's proxy. */
const ZERO_HOP_ANNOTATION = 'hikyaku.dev/zero-hop';

function zeroHopEnv({ pod, node }: PodContext): Record<string, string> {
  const isOff = pod.metadata.annotations?.[ZERO_HOP_ANNOTATION] === 'false';
  return node.zeroHop === undefined || isOff ? {} : { HIKYAKU_MESH: JSON.stringify(node.zeroHop) };
}

function rewriteValues(env: Record<string, string>, mounts: readonly Mount[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, rewriteMounts(value, mounts)]));
}

/**
 * A memory limit bounds V8's heap, which otherwise knows the machine's memory alone. Its young generation too: left to itself it grows to
 * tens of megabytes that a small service never needs (measured: 132 MB resident become 97).
 */
function nodeOptions(container: ContainerSpec, declared: string | undefined): string {
  const limit = container.resources?.limits?.memory;
  const heap = limit === undefined ? [] : heapOptions(parseQuantity(limit));
  return [`--require ${JSON.stringify(PRELOAD)}`, ...heap, declared].filter(Boolean).join(' ');
}

function heapOptions(limitBytes: number): string[] {
  const limitMebibytes = limitBytes / 2 ** 20;
  return [
    `--max-old-space-size=${Math.floor(limitMebibytes * HEAP_SHARE)}`,
    `--max-semi-space-size=${Math.max(1, Math.round(limitMebibytes / 128))}`,
  ];
}

interface NativeParts {
  argv: readonly string[];
  env: Record<string, string>;
  directory: string;
  mounts: readonly Mount[];
  pod: PodContext;
  logPath: string;
  signal: AbortSignal;
}

function nativeContainer({ argv, env, directory, mounts, pod, logPath, signal }: NativeParts): NativeContainer {
  const { watchdog } = pod.node;
  async function startLogged(command: readonly string[], extra: Record<string, string> = {}) {
    const log = await open(logPath, 'a', 0o600);
    signal.throwIfAborted();
    const started = startProcess({ argv: command, cwd: directory, env: { ...env, ...extra }, output: log.fd, watchdog });
    await log.close();
    const onAbort = () => started.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    void started.exited.then(() => signal.removeEventListener('abort', onAbort));
    return started;
  }
  return {
    podIp: pod.podIp,
    env,
    argv,
    directory,
    temporaryDirectory: tmpdir(),
    signal,
    locate: (path) => locate(path, mounts),
    async log(line) {
      const log = await open(logPath, 'a', 0o600);
      await log.write(`${line}\n`);
      await log.close();
    },
    async run(command, extra) {
      const started = await startLogged(command, extra);
      const { code, error } = await started.exited;
      if (code !== 0) throw new Error(error ?? `${command.join(' ')} ended with exit code ${code}`);
    },
    async start(command, extra) {
      const started = await startLogged(command, extra);
      return {
        exited: started.exited.then(({ code }) => code),
        async stop(stopSignal) {
          started.signal(stopSignal);
          await started.exited;
        },
      };
    },
  };
}
