import { afterEach, expect, it, vi } from 'vitest';
import { startBackend } from '../testing/backend.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { CallReports } from './call-reports.ts';
import { ConnectionReports } from './connection-reports.ts';
import { Mount } from './mount.ts';

const podIp = '127.16.0.9';
const addresses: Readonly<Record<string, string>> = { paused: '127.96.0.1', other: '127.96.0.2' };

afterEach(() => {
  vi.restoreAllMocks();
});

function mount(): Mount {
  return new Mount({
    podIp,
    resolve: (name) => (addresses[name] === undefined ? undefined : [addresses[name]]),
    reports: new CallReports(() => undefined),
    tellClusters: () => true,
    connectionReports: new ConnectionReports(podIp, () => true),
  });
}

/** Resolves to the status; whoever has paused reads no further. */
function ask(mounted: Mount, name: string, isPaused: boolean): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const isTaken = mounted.take(
    { origin: `http://${name}`, path: '/', method: 'GET', headers: {} },
    {
      onRequestStart: () => undefined,
      onResponseStart: (controller, status) => {
        if (isPaused) controller.pause();
        resolve(status);
      },
      onResponseError: (_controller, error) => {
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    },
  );
  if (!isTaken) reject(new Error(`${name} was not taken`));
  return promise;
}

it('an answer that waits to be read is the last word: no attempt is made behind it', async () => {
  // The pause before a retry is this share of what it may be.
  vi.spyOn(Math, 'random').mockReturnValue(0.3);
  const asked = { paused: 0, other: 0 };
  await using paused = await startBackend((_, response) => {
    asked.paused++;
    response.destroy();
  });
  await using other = await startBackend((_, response) => {
    asked.other++;
    response.destroy();
  });
  const retry = { attempts: 1, retryOn: [], backoffMs: 2000 };
  const mounted = mount();
  mounted.apply({
    ...snapshotOf([], { 'paused:80': [paused], 'other:80': [other] }),
    serviceRoutes: {
      'paused:80': [routeFor('/', forwardTo('paused:80', { timeoutMs: 200, retry }))],
      'other:80': [routeFor('/', forwardTo('other:80', { retry }))],
    },
    services: Object.entries(addresses).map(([name, address]) => ({
      address,
      port: 80,
      service: `default/${name}`,
      cluster: `${name}:80`,
      protocol: 'http',
    })),
  });
  expect(await ask(mounted, 'paused', true)).toBe(504);
  // Begun later, and retried after as long: by then the first would have been retried, too.
  expect(await ask(mounted, 'other', false)).toBe(502);
  expect(asked).toEqual({ paused: 1, other: 2 });
});
