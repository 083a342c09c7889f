/** …/pods/{name}/log: the log of a container as plain text, as it was or as it goes on. */
import { once } from 'node:events';
import { ResourceError, type Pod, type PodLogOptions, type PodLogs } from '@hikyaku/resources';
import { notFound } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Exchange } from '../exchange.ts';
import type { ObjectTarget } from '../target.ts';

export async function sendLog(store: Store, podLogs: PodLogs, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const { kind, namespace = 'default', name } = target;
  const pod = await store.get(kind, namespace, name);
  if (pod === undefined) throw notFound(kind, name);
  const options = logOptions(exchange, containerOf(pod as Pod, exchange.query.get('container')));
  const lines = podLogs.logs(namespace, name, options)[Symbol.asyncIterator]();
  // With `follow` the first line may be long in coming, and a client wants to know at once that it is connected.
  if (options.follow === true) openLog(exchange);
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    openLog(exchange);
    if (!exchange.response.write(`${next.value}\n`)) await drained(exchange);
    if (exchange.signal.aborted) break;
  }
  openLog(exchange);
  exchange.response.end();
}

/** Only now, so that an error before the first line still has a status of its own. */
function openLog({ response }: Exchange): void {
  if (!response.headersSent)
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache, private' }).flushHeaders();
}

async function drained({ response, signal }: Exchange): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined);
}

function logOptions(exchange: Exchange, container: string): PodLogOptions {
  const tailLines = exchange.query.get('tailLines');
  if (tailLines !== null && !/^\d+$/.test(tailLines))
    throw new ResourceError('BadRequest', 'tailLines has to be a whole number, 0 or more');
  return {
    container,
    follow: exchange.flag('follow'),
    previous: exchange.flag('previous'),
    timestamps: exchange.flag('timestamps'),
    signal: exchange.signal,
    ...(tailLines !== null && { tailLines: Number(tailLines) }),
  };
}

/** The container asked for, or the only one. Throws `BadRequest` when that is not clear. */
function containerOf({ metadata, spec }: Pod, asked: string | null): string {
  const names = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name }) => name);
  const [first] = names;
  if (asked !== null && asked !== '') {
    if (!names.includes(asked))
      throw new ResourceError(
        'BadRequest',
        `container ${asked} is not valid for pod ${metadata.name}; it has ${names.join(', ')}`,
      );
    return asked;
  }
  if (first === undefined || (spec?.containers.length ?? 0) > 1) {
    throw new ResourceError(
      'BadRequest',
      `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`,
    );
  }
  return first;
}
