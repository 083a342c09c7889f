import { Events, PersistentVolumeClaims, Pods, StatefulSets, type Pod, type StatefulSet } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { imageOf, names, startTestSystem, templateOf, type TestSystem } from '../../testing/system.ts';
import { isReady } from '../pods.ts';
import { keysForPod } from './controller.ts';

let system: TestSystem;
beforeEach(() => {
  system = startTestSystem();
});
afterEach(() => system.close());

const db = (image: string, spec: Partial<NonNullable<StatefulSet['spec']>> = {}): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: templateOf('db', image), ...spec },
});

const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { interval: 2, timeout: 5000 });

async function change(spec: Partial<NonNullable<StatefulSet['spec']>>): Promise<void> {
  const statefulSet = await system.store.get(StatefulSets, 'default', 'db');
  if (statefulSet?.spec === undefined) throw new Error('there is no StatefulSet');
  await system.store.update(StatefulSets, { ...statefulSet, spec: { ...statefulSet.spec, ...spec } });
}

const images = async () => (await system.pods('db')).map(imageOf);
const untilImages = (...wanted: string[]) =>
  until(async () => {
    expect(await images()).toEqual(wanted);
    expect((await system.pods('db')).every(isReady)).toBe(true);
  });

/** What happens to Pods from now on, as `+name` and `-name`. */
function history(signal: AbortSignal): string[] {
  const events: string[] = [];
  const known = new Set<string>();
  system.store.watch(Pods, { signal }, ({ type, object }: { type: string; object: Pod }) => {
    const { name } = object.metadata;
    if (type === 'ADDED' && !known.has(name)) events.push(`+${name}`);
    if (type === 'DELETED') events.push(`-${name}`);
  });
  return events;
}

describe('a StatefulSet', () => {
  it('brings Pods up in order, each after the one before is ready', async () => {
    system.healthy = ({ metadata }) => metadata.name !== 'db-1';
    await system.store.create(StatefulSets, db('db:1'));
    await until(async () => expect(names(await system.pods('db'))).toEqual(['db-0', 'db-1']));
    system.healthy = () => true;
    await system.probe();
    await untilImages('db:1', 'db:1', 'db:1');
    await until(async () => {
      const found = await system.store.get(StatefulSets, 'default', 'db');
      expect(found?.status).toMatchObject({
        replicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
        updatedReplicas: 3,
        currentReplicas: 3,
      });
      expect(found?.status?.currentRevision).toBe(found?.status?.updateRevision);
    });
  });

  it('brings all up at once where that is asked for', async () => {
    system.healthy = () => false;
    await system.store.create(StatefulSets, db('db:1', { podManagementPolicy: 'Parallel' }));
    await until(async () => expect(names(await system.pods('db'))).toEqual(['db-0', 'db-1', 'db-2']));
  });

  it('gives each Pod its name, its identity and its storage, and keeps the storage', async () => {
    const volumeClaimTemplates = [
      { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    ];
    await system.store.create(StatefulSets, db('db:1', { replicas: 1, volumeClaimTemplates: volumeClaimTemplates as never }));
    await untilImages('db:1');
    const [pod] = await system.pods('db');
    expect(pod).toMatchObject({
      metadata: { name: 'db-0', labels: { 'apps.kubernetes.io/pod-index': '0' } },
      spec: { hostname: 'db-0', subdomain: 'db', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }] },
    });
    await system.store.delete(StatefulSets, 'default', 'db');
    await until(async () => expect(await system.pods('db')).toEqual([]));
    expect(names((await system.store.list(PersistentVolumeClaims)).items)).toEqual(['data-db-0']);
  });

  it('updates from the highest ordinal, one Pod at a time', async () => {
    await system.store.create(StatefulSets, db('db:1'));
    await untilImages('db:1', 'db:1', 'db:1');
    const stop = new AbortController();
    const events = history(stop.signal);
    await vi.waitFor(() => expect(events).toHaveLength(3));
    await change({ template: templateOf('db', 'db:2') });
    await untilImages('db:2', 'db:2', 'db:2');
    stop.abort();
    expect(events.slice(3)).toEqual(['-db-2', '+db-2', '-db-1', '+db-1', '-db-0', '+db-0']);
  });

  it('updates only from the partition on', async () => {
    await system.store.create(StatefulSets, db('db:1', { updateStrategy: { rollingUpdate: { partition: 2 } } }));
    await untilImages('db:1', 'db:1', 'db:1');
    await change({ template: templateOf('db', 'db:2') });
    await untilImages('db:1', 'db:1', 'db:2');
    await change({ updateStrategy: { rollingUpdate: { partition: 0 } } });
    await untilImages('db:2', 'db:2', 'db:2');
  });

  it('leaves the update to others with OnDelete', async () => {
    await system.store.create(StatefulSets, db('db:1', { replicas: 2, updateStrategy: { type: 'OnDelete' } }));
    await untilImages('db:1', 'db:1');
    await change({ template: templateOf('db', 'db:2') });
    await system.store.delete(Pods, 'default', 'db-0');
    await untilImages('db:2', 'db:1');
  });

  it('replaces Pods that a broken template has left behind as soon as there is a better one', async () => {
    system.healthy = (pod) => imageOf(pod) !== 'db:broken';
    await system.store.create(StatefulSets, db('db:broken'));
    await until(async () => expect(await images()).toEqual(['db:broken']));
    await change({ template: templateOf('db', 'db:2') });
    await untilImages('db:2', 'db:2', 'db:2');
  });

  it('takes over the Pods that an earlier StatefulSet has left behind', async () => {
    await system.store.create(StatefulSets, db('db:1', { replicas: 2 }));
    await untilImages('db:1', 'db:1');
    const before = (await system.pods('db')).map(({ metadata }) => metadata.uid);
    await system.store.delete(StatefulSets, 'default', 'db', { propagationPolicy: 'Orphan' });
    await system.store.create(StatefulSets, db('db:1', { replicas: 3 }));
    await untilImages('db:1', 'db:1', 'db:1');
    expect((await system.pods('db')).map(({ metadata }) => metadata.uid).slice(0, 2)).toEqual(before);
  });

  it('waits for a Pod of somebody else that has the name of one of its own, and notices when it goes', async () => {
    const stranger: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'db-0', namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'other' }] },
    };
    await system.store.create(Pods, stranger);
    await system.store.create(StatefulSets, db('db:1', { replicas: 1 }));
    await until(async () => {
      const { items } = await system.store.list(Events);
      expect(items.map(({ message }) => message)).toContainEqual(
        expect.stringContaining('db-0 exists and belongs to somebody else'),
      );
    });
    expect(await system.pods('db')).toEqual([]);
    await system.store.delete(Pods, 'default', 'db-0', { gracePeriodSeconds: 0 });
    await untilImages('db:1');
    expect(keysForPod(stranger)).toEqual(['default/db']);
  });

  it('goes down from the highest ordinal', async () => {
    await system.store.create(StatefulSets, db('db:1'));
    await untilImages('db:1', 'db:1', 'db:1');
    await change({ replicas: 1 });
    await until(async () => expect(names(await system.pods('db'))).toEqual(['db-0']));
  });

  it('replaces a Pod that has ended', async () => {
    await system.store.create(StatefulSets, db('db:1', { replicas: 1 }));
    await untilImages('db:1');
    const [pod] = await system.pods('db');
    if (pod !== undefined) await system.store.updateStatus(Pods, { ...pod, status: { phase: 'Failed' } });
    await until(async () =>
      expect((await system.pods('db')).map(({ metadata }) => metadata.uid)).not.toContain(pod?.metadata.uid),
    );
    await untilImages('db:1');
  });
});
