import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@hikyaku/control';
import type { Store } from '@hikyaku/control';
import { Deployments } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchSources } from './sources.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hikyaku-sources-'));
  store = openStore({ file: join(folder, 'store.db') });
  const container = { name: 'web', image: 'web' };
  await store.create(Deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    },
  });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const onWarning = (message: string): never => {
  throw new Error(message);
};

const source = async () => {
  const sources = mkdtempSync(join(folder, 'web-'));
  await writeFile(join(sources, 'main.js'), '1');
  return sources;
};

describe('watching sources', () => {
  it('marks the template of the workload whose file changed, and names the file', async () => {
    const sources = await source();
    const stop = new AbortController();
    const rolled = Promise.withResolvers<string>();
    const onRoll = (workload: string, file: string): void => rolled.resolve(`${workload}: ${file}`);
    await watchSources({ client: store, sourcesOf: () => Promise.resolve([sources]), signal: stop.signal, onRoll, onWarning });
    const marked = new Promise<void>((resolve) => {
      store.watch(Deployments, { resourceVersion: store.resourceVersion, signal: stop.signal }, ({ object }) => {
        if (object.spec?.template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'] !== undefined) resolve();
      });
    });
    await writeFile(join(sources, 'main.js'), '2');
    expect(await rolled.promise).toBe('web: main.js');
    await marked;
    stop.abort();
  });

  it.each(['before', 'while'])('ends when it is stopped %s the watch is being set up', async (when) => {
    const sources = await source();
    const stop = new AbortController();
    if (when === 'before') stop.abort();
    const watching = watchSources({
      client: store,
      sourcesOf: () => Promise.resolve([sources]),
      signal: stop.signal,
      onRoll: () => undefined,
      onWarning,
    });
    stop.abort();
    await watching;
    // What keeps a process alive: no watcher may be left.
    expect(process.getActiveResourcesInfo().filter((kind) => kind.startsWith('FSEvent'))).toEqual([]);
  });
});
