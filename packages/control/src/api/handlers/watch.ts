/**
 * GET with `watch`: one JSON line per change until the client goes, `timeoutSeconds` pass or the server stops. Without a resourceVersion (or
 * with `0`) it begins with one ADDED per object there is; with `sendInitialEvents` a bookmark then says that these were all.
 */
import { aborted, apiVersionOf, type Resource } from '@hikyaku/resources';
import { isSelected } from '../../store/selection.ts';
import type { Store } from '../../store/store.ts';
import type { Exchange } from '../exchange.ts';
import { negotiate } from '../representation.ts';
import { selectionOf } from '../selection.ts';
import type { Target } from '../target.ts';

/** A client that reads slower than changes happen is cut off at this; it comes back and lists again. */
const maxUnreadBytes = 16 * 1024 * 1024;
const bookmarkIntervalMs = 60_000;

export async function watchObjects(store: Store, exchange: Exchange, target: Target): Promise<void> {
  const representation = negotiate(exchange, target);
  const selection = selectionOf(exchange, target);
  const signal = AbortSignal.any([exchange.signal, ...timeout(exchange.query.get('timeoutSeconds'))]);
  const send = (type: string, object: unknown) => writeLine(exchange, { type, object });
  const bookmark = (version: string, annotations?: Record<string, string>) =>
    send('BOOKMARK', bookmarkOf(target, version, annotations));

  const startVersion = versionOf(exchange);
  const { items, resourceVersion } =
    startVersion === undefined ? await store.list(target.kind) : { items: [], resourceVersion: startVersion };
  // Throws when the log does not reach back so far: before the head, so that the client gets a 410 of its own.
  store.observe(target.kind, { ...selection, resourceVersion, signal }, (type, { object }) =>
    send(type, representation.event(object)),
  );
  exchange.response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }).flushHeaders();
  for (const object of items.filter((item) => isSelected(selection, item))) send('ADDED', representation.event(object));
  if (exchange.flag('sendInitialEvents')) bookmark(resourceVersion, { 'k8s.io/initial-events-end': 'true' });
  const bookmarks = exchange.flag('allowWatchBookmarks')
    ? setInterval(() => bookmark(store.resourceVersion), bookmarkIntervalMs)
    : undefined;
  await aborted(signal);
  clearInterval(bookmarks);
  exchange.response.end();
}

function versionOf({ query }: Exchange): string | undefined {
  const version = query.get('resourceVersion') ?? '';
  const hasInitialEvents = query.get('sendInitialEvents') === 'true';
  return version === '' || version === '0' || hasInitialEvents ? undefined : version;
}

/** The longest a timer takes: 24 days, which is for ever as watches go. */
const longestTimeoutMs = 2 ** 31 - 1;

function timeout(seconds: string | null): AbortSignal[] {
  const timeoutMs = Number(seconds) * 1000;
  return timeoutMs > 0 ? [AbortSignal.timeout(Math.min(timeoutMs, longestTimeoutMs))] : [];
}

function writeLine({ response }: Exchange, event: unknown): void {
  if (response.writableLength > maxUnreadBytes) response.destroy();
  else if (!response.writableEnded) response.write(`${JSON.stringify(event)}\n`);
}

function bookmarkOf({ kind, version }: Target, resourceVersion: string, annotations?: Record<string, string>): Resource {
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf({ group: kind.group, version }),
    // Kubernetes' own bookmarks have no name either.
    metadata: { name: '', resourceVersion, ...(annotations && { annotations }) },
  };
}
