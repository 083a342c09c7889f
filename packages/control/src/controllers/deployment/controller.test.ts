import { Deployments, Events, Pods, ReplicaSets, type Deployment } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { imageOf, startTestSystem, templateOf, type TestSystem } from '../../testing/system.ts';
import { isReady } from '../pods.ts';

let system: TestSystem;
beforeEach(() => {
  system = startTestSystem();
});
afterEach(() => system.close());

const web = (image: string, spec: Partial<NonNullable<Deployment['spec']>> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: templateOf('web', image), ...spec },
});

const images = async () => (await system.pods('web')).map(imageOf);

async function change(spec: Partial<NonNullable<Deployment['spec']>>): Promise<void> {
  const deployment = await system.store.get(Deployments, 'default', 'web');
  if (deployment?.spec === undefined) throw new Error('there is no Deployment');
  await system.store.update(Deployments, { ...deployment, spec: { ...deployment.spec, ...spec } });
}

const status = async () => (await system.store.get(Deployments, 'default', 'web'))?.status;
const progress = async () => (await status())?.conditions?.find(({ type }) => type === 'Progressing');
const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { interval: 2, timeout: 5000 });

const untilRolledOut = (image: string, replicas = 3) =>
  until(async () => {
    expect(await images()).toEqual(Array.from({ length: replicas }, () => image));
    expect(await status()).toMatchObject({
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
      unavailableReplicas: 0,
    });
    expect(await progress()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });

describe('a Deployment', () => {
  it('brings its Pods up and says so', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    expect((await status())?.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
    const { items } = await system.store.list(Events);
    expect(items.map(({ reason }) => reason)).toContain('ScalingReplicaSet');
  });

  it('never has too many or too few Pods during an update', async () => {
    await system.store.create(
      Deployments,
      web('web:1', { replicas: 6, strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } } }),
    );
    await untilRolledOut('web:1', 6);
    let [most, fewest] = [0, 6];
    const count = async () => {
      const pods = await system.pods('web');
      most = Math.max(most, pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
      fewest = Math.min(fewest, pods.filter(isReady).length);
    };
    const stop = new AbortController();
    system.store.watch(Pods, { signal: stop.signal }, () => void count());
    await change({ template: templateOf('web', 'web:2') });
    await untilRolledOut('web:2', 6);
    stop.abort();
    expect(most).toBeLessThanOrEqual(8);
    expect(most).toBeGreaterThan(6);
    expect(fewest).toBeGreaterThanOrEqual(5);
  });

  it('keeps the old Pods when the new ones do not become ready, and recovers with the next template', async () => {
    await system.store.create(Deployments, web('web:1', { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }));
    await untilRolledOut('web:1');
    system.healthy = (pod) => imageOf(pod) !== 'web:broken';
    await change({ template: templateOf('web', 'web:broken') });
    await until(async () => expect((await images()).sort()).toEqual(['web:1', 'web:1', 'web:1', 'web:broken']));
    await change({ template: templateOf('web', 'web:2') });
    await untilRolledOut('web:2');
  });

  it('uses the ReplicaSet it had when a template comes back, as the newest revision', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    const [first] = (await system.store.list(ReplicaSets)).items;
    await change({ template: templateOf('web', 'web:2') });
    await untilRolledOut('web:2');
    await change({ template: templateOf('web', 'web:1') });
    await untilRolledOut('web:1');
    const { items } = await system.store.list(ReplicaSets);
    expect(items).toHaveLength(2);
    const again = items.find(({ metadata }) => metadata.uid === first?.metadata.uid);
    expect(again).toMatchObject({
      metadata: { annotations: { 'deployment.kubernetes.io/revision': '3' } },
      spec: { replicas: 3 },
    });
  });

  it('forgets old ReplicaSets beyond the history limit', async () => {
    await system.store.create(Deployments, web('web:1', { revisionHistoryLimit: 1 }));
    await untilRolledOut('web:1');
    for (const image of ['web:2', 'web:3', 'web:4']) {
      await change({ template: templateOf('web', image) });
      await untilRolledOut(image);
    }
    await until(async () => expect((await system.store.list(ReplicaSets)).items).toHaveLength(2));
  });

  it('starts nothing new before everything old has ended, with Recreate', async () => {
    await system.store.create(Deployments, web('web:1', { strategy: { type: 'Recreate' } }));
    await untilRolledOut('web:1');
    const mixtures: (string | undefined)[][] = [];
    const stop = new AbortController();
    system.store.watch(Pods, { signal: stop.signal }, () => void images().then((seen) => mixtures.push([...new Set(seen)])));
    await change({ template: templateOf('web', 'web:2') });
    await untilRolledOut('web:2');
    stop.abort();
    expect(mixtures.filter((seen) => seen.length > 1)).toEqual([]);
  });

  it('follows its replicas up and down', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    await change({ replicas: 5 });
    await untilRolledOut('web:1', 5);
    await change({ replicas: 0 });
    await untilRolledOut('web:1', 0);
  });

  it('waits with an update while it is paused', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    await change({ paused: true, template: templateOf('web', 'web:2'), replicas: 2 });
    await until(async () => expect(await images()).toEqual(['web:1', 'web:1']));
    await change({ paused: false });
    await untilRolledOut('web:2', 2);
  });

  it('says when an update takes longer than it may', async () => {
    system.healthy = () => false;
    await system.store.create(Deployments, web('web:1', { progressDeadlineSeconds: 1 }));
    await until(async () => expect(await progress()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' }));
    system.healthy = () => true;
    await system.probe();
    await untilRolledOut('web:1');
  });

  it('counts a Pod as available only after minReadySeconds', async () => {
    await system.store.create(Deployments, web('web:1', { replicas: 1, minReadySeconds: 1 }));
    await until(async () => expect(await status()).toMatchObject({ readyReplicas: 1, availableReplicas: 0 }));
    await untilRolledOut('web:1', 1);
  });

  it('replaces a Pod that somebody deleted', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    const [pod] = await system.pods('web');
    await system.store.delete(Pods, 'default', pod?.metadata.name ?? '');
    await until(async () =>
      expect((await system.pods('web')).filter(isReady).map(({ metadata }) => metadata.uid)).not.toContain(pod?.metadata.uid),
    );
    await untilRolledOut('web:1');
  });

  it('takes everything with it when it is deleted', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    await system.store.delete(Deployments, 'default', 'web');
    await until(async () => expect(await system.pods('web')).toEqual([]));
    expect((await system.store.list(ReplicaSets)).items).toEqual([]);
  });

  it('takes over what an earlier Deployment has left behind, without a restart', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    const before = (await system.pods('web')).map(({ metadata }) => metadata.uid);
    await system.store.delete(Deployments, 'default', 'web', { propagationPolicy: 'Orphan' });
    expect(await images()).toHaveLength(3);
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    expect((await system.pods('web')).map(({ metadata }) => metadata.uid)).toEqual(before);
    await system.store.delete(Deployments, 'default', 'web');
    await until(async () => expect(await images()).toEqual([]));
  });

  it('writes nothing once it has settled', async () => {
    await system.store.create(Deployments, web('web:1'));
    await untilRolledOut('web:1');
    const before = (await system.store.get(Deployments, 'default', 'web'))?.metadata.resourceVersion;
    const [replicaSet] = (await system.store.list(ReplicaSets)).items;
    await system.probe();
    // A change of something else that the controllers hear of: whatever they had left to write comes before it.
    await system.store.create(Deployments, { ...web('web:1', { replicas: 0 }), metadata: { name: 'other' } });
    await until(async () =>
      expect((await system.store.get(Deployments, 'default', 'other'))?.status?.observedGeneration).toBe(1),
    );
    expect((await system.store.get(Deployments, 'default', 'web'))?.metadata.resourceVersion).toBe(before);
    expect((await system.store.list(ReplicaSets)).items).toContainEqual(replicaSet);
  });
});
