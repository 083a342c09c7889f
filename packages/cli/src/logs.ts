/** `hikyaku logs`: the logs of all Pods, or of those whose name starts with one of the given names, in one place. */
import { connect } from '@hikyaku/control';
import type { ApiClient } from '@hikyaku/control';
import { aborted, Pods } from '@hikyaku/resources';
import type { Pod } from '@hikyaku/resources';
import pc from 'picocolors';
import { Failure } from './failure.ts';
import { findWorkspace } from './workspace.ts';

export interface LogOptions {
  follow: boolean;
  previous: boolean;
  stateDir?: string;
  /** Lines per container, from the end. */
  tail: number;
}

const colors = [pc.cyan, pc.magenta, pc.yellow, pc.green, pc.blue];

/** Writes until all logs have ended or, when following, until `signal` aborts. */
export async function logs(
  names: string[],
  options: LogOptions,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  const client = await connectToWorkspace(options.stateDir);
  const seen = new Map<string, Promise<void>>();
  const read = (pod: Pod): void => {
    const { namespace = 'default', name } = pod.metadata;
    if (names.length > 0 && !names.some((wanted) => name === wanted || name.startsWith(`${wanted}-`))) return;
    for (const container of pod.spec?.containers ?? []) {
      const key = `${namespace}/${name}/${container.name}`;
      if (seen.has(key)) continue;
      const prefix = (colors[seen.size % colors.length] ?? pc.cyan)(name);
      seen.set(
        key,
        stream(client, { namespace, name, container: container.name }, options, signal, (line) => write(`${prefix} ${line}`)),
      );
    }
  };
  const { items, resourceVersion } = await client.list(Pods);
  items.forEach(read);
  if (seen.size === 0 && !options.follow)
    throw new Failure(`no Pod is called ${names.join(' or ')}; \`npx hikyaku get pods\` lists them`);
  if (options.follow) {
    client.watch(Pods, { resourceVersion, signal }, ({ type, object }) => {
      if (type !== 'DELETED') read(object);
    });
    await aborted(signal);
  }
  await Promise.all(seen.values());
}

/** A client of the hikyaku that runs for the current folder; a Failure that says how to start one when none does. */
export async function connectToWorkspace(stateDir?: string): Promise<ApiClient> {
  const workspace = findWorkspace('.', stateDir);
  try {
    return await connect(workspace.kubeconfig);
  } catch (error) {
    throw new Failure(`hikyaku is not running for ${workspace.root}: start it with \`npx hikyaku up DIR\``, { cause: error });
  }
}

async function stream(
  client: ApiClient,
  { namespace, name, container }: { namespace: string; name: string; container: string },
  { follow, previous, tail }: LogOptions,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of client.logs(namespace, name, { container, follow, previous, tailLines: tail, signal }))
      write(line.trimEnd());
  } catch (error) {
    if (!signal.aborted) write(pc.red(error instanceof Error ? error.message : String(error)));
  }
}
