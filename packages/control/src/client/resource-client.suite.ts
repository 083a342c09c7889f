/**
 * What every ResourceClient has to do, whether it is the store itself or a client on the other side of the network. Each implementation's
 * test runs this suite.
 */
import { ConfigMaps, Deployments, Namespaces, Pods, ResourceError, Services } from '@hikyaku/resources';
import type { ConfigMap, Deployment, ErrorReason, Pod, ResourceClient, Service, WatchEvent } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

export interface Subject {
  client: ResourceClient;
  close: () => Promise<void>;
}

const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
});

const service = (name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

const deployment = (name: string): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'app' }] } },
  },
});

const pod = (name: string, owner?: ConfigMap): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    ...(owner && {
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true },
      ],
    }),
  },
  spec: { containers: [{ name: 'main', image: 'app' }] },
});

export function describeResourceClient(name: string, open: () => Promise<Subject>): void {
  describe(`${name} as a ResourceClient`, () => {
    let subject: Subject;
    let stop: AbortController;
    beforeEach(async () => {
      subject = await open();
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      await subject.close();
    });
    const client = () => subject.client;
    const refusal = async (work: Promise<unknown>): Promise<ErrorReason | 'no error'> =>
      work.then(
        () => 'no error',
        (error: unknown) => {
          if (error instanceof ResourceError) return error.reason;
          throw error;
        },
      );
    /** The changes a watch has told of so far, as `TYPE name`. */
    const watchNames = (options: { resourceVersion?: string; labelSelector?: { matchLabels: Record<string, string> } } = {}) => {
      const events: string[] = [];
      client().watch(ConfigMaps, { ...options, signal: stop.signal }, ({ type, object }) =>
        events.push(`${type} ${object.metadata.name}`),
      );
      return events;
    };

    describeWrites(client, refusal);
    describeDeletion(client, refusal);
    describeWatch(client, watchNames, () => stop);
  });
}

type Refusal = (work: Promise<unknown>) => Promise<ErrorReason | 'no error'>;

function describeWrites(client: () => ResourceClient, refusal: Refusal): void {
  it('fills in what the creator leaves out', async () => {
    const { metadata } = await client().create(ConfigMaps, configMap('settings'));
    expect(metadata).toMatchObject({
      namespace: 'default',
      generation: 1,
      uid: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
    expect(Date.parse(metadata.creationTimestamp ?? '')).toBeGreaterThan(0);
  });

  it('makes a name from generateName', async () => {
    const { metadata } = await client().create(ConfigMaps, {
      ...configMap(''),
      metadata: { name: '', generateName: 'settings-' },
    });
    expect(metadata.name).toMatch(/^settings-[a-z\d]{5}$/);
  });

  it('gives back what was written, and undefined for what was not', async () => {
    await client().create(ConfigMaps, configMap('settings', { color: 'blue' }));
    expect(await client().get(ConfigMaps, 'default', 'settings')).toMatchObject({ kind: 'ConfigMap', data: { color: 'blue' } });
    expect(await client().get(ConfigMaps, 'default', 'other')).toBeUndefined();
  });

  it('refuses a name that is taken, a namespace that is missing and an object with mistakes', async () => {
    await client().create(ConfigMaps, configMap('settings'));
    expect(await refusal(client().create(ConfigMaps, configMap('settings')))).toBe('AlreadyExists');
    expect(
      await refusal(
        client().create(ConfigMaps, { ...configMap('settings'), metadata: { name: 'settings', namespace: 'nowhere' } }),
      ),
    ).toBe('NotFound');
    expect(await refusal(client().create(Deployments, { ...deployment('web'), spec: { replicas: 2 } as never }))).toBe('Invalid');
  });

  it('refuses an update that has not seen the latest version', async () => {
    const first = await client().create(ConfigMaps, configMap('settings'));
    await client().update(ConfigMaps, { ...first, data: { color: 'blue' } });
    expect(await refusal(client().update(ConfigMaps, { ...first, data: { color: 'red' } }))).toBe('Conflict');
    expect(await client().get(ConfigMaps, 'default', 'settings')).toMatchObject({ data: { color: 'blue' } });
  });

  it('refuses to update what is not there', async () => {
    expect(await refusal(client().update(ConfigMaps, configMap('settings')))).toBe('NotFound');
  });

  it('keeps spec and status apart, and counts changes of the spec only', async () => {
    const created = await client().create(Deployments, deployment('web'));
    await client().updateStatus(Deployments, {
      ...created,
      spec: { ...deployment('web').spec, replicas: 9 } as never,
      status: { replicas: 1 },
    });
    const afterStatus = await client().get(Deployments, 'default', 'web');
    expect(afterStatus).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 }, status: { replicas: 1 } });
    if (afterStatus?.spec === undefined) throw new Error('the Deployment has lost its spec');
    const updated = await client().update(Deployments, {
      ...afterStatus,
      spec: { ...afterStatus.spec, replicas: 2 },
      status: { replicas: 7 },
    });
    expect(updated).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 }, status: { replicas: 1 } });
  });

  it('does not change the version when an update changes nothing', async () => {
    const created = await client().create(ConfigMaps, configMap('settings', { color: 'blue' }));
    const updated = await client().update(ConfigMaps, created);
    expect(updated.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it('lists by namespace and by label', async () => {
    await client().create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await client().create(ConfigMaps, configMap('a', {}, { tier: 'web' }));
    await client().create(ConfigMaps, configMap('b'));
    await client().create(ConfigMaps, {
      ...configMap('c', {}, { tier: 'web' }),
      metadata: { name: 'c', namespace: 'shop', labels: { tier: 'web' } },
    });
    const names = async (options: Parameters<ResourceClient['list']>[1]) =>
      (await client().list(ConfigMaps, options)).items.map(({ metadata }) => metadata.name);
    expect(await names({})).toEqual(['a', 'b', 'c']);
    expect(await names({ namespace: 'shop' })).toEqual(['c']);
    expect(await names({ labelSelector: { matchLabels: { tier: 'web' } } })).toEqual(['a', 'c']);
  });

  it('gives every Service an address of its own, and keeps it', async () => {
    const addresses = new Set<string>();
    for (const name of ['cart', 'order', 'user'])
      addresses.add((await client().create(Services, service(name))).spec?.clusterIP ?? '');
    expect(addresses.size).toBe(3);
    for (const address of addresses) expect(address).toMatch(/^127\.(9[6-9]|10\d|11[01])\./);
    const updated = await client().update(Services, {
      ...service('cart'),
      spec: { selector: { app: 'cart' }, ports: [{ port: 81 }] },
    });
    expect(addresses).toContain(updated.spec?.clusterIP);
    const headless = await client().create(Services, { ...service('db'), spec: { clusterIP: 'None', ports: [{ port: 5432 }] } });
    expect(headless.spec?.clusterIP).toBe('None');
  });
}

function describeDeletion(client: () => ResourceClient, refusal: Refusal): void {
  it('deletes at once what nobody waits for, once', async () => {
    await client().create(ConfigMaps, configMap('settings'));
    await client().delete(ConfigMaps, 'default', 'settings');
    expect(await client().get(ConfigMaps, 'default', 'settings')).toBeUndefined();
    expect(await refusal(client().delete(ConfigMaps, 'default', 'settings'))).toBe('NotFound');
  });

  it('deletes only the object with the uid that is meant', async () => {
    await client().create(ConfigMaps, configMap('settings'));
    expect(await refusal(client().delete(ConfigMaps, 'default', 'settings', { uid: 'another' }))).toBe('Conflict');
  });

  it('lets the node end a Pod it has taken', async () => {
    const created = await client().create(Pods, pod('web'));
    await client().update(Pods, {
      ...created,
      spec: { ...pod('web').spec, ...created.spec, containers: created.spec?.containers ?? [], nodeName: 'local' },
    });
    await client().delete(Pods, 'default', 'web', { gracePeriodSeconds: 5 });
    const leaving = await client().get(Pods, 'default', 'web');
    expect(leaving?.metadata.deletionGracePeriodSeconds).toBe(5);
    expect(Date.parse(leaving?.metadata.deletionTimestamp ?? '')).toBeGreaterThan(0);
    await client().delete(Pods, 'default', 'web', { gracePeriodSeconds: 0 });
    expect(await client().get(Pods, 'default', 'web')).toBeUndefined();
  });

  it('waits for finalizers', async () => {
    const created = await client().create(ConfigMaps, {
      ...configMap('settings'),
      metadata: { name: 'settings', finalizers: ['example.com/cleanup'] },
    });
    await client().delete(ConfigMaps, 'default', 'settings');
    const leaving = await client().get(ConfigMaps, 'default', 'settings');
    expect(leaving?.metadata.deletionTimestamp).toBeDefined();
    await client().update(ConfigMaps, { ...created, metadata: { name: 'settings', finalizers: [] } });
    expect(await client().get(ConfigMaps, 'default', 'settings')).toBeUndefined();
  });

  it('deletes dependants with their owner, or after it, or not at all', async () => {
    for (const [policy, remains] of [
      ['Background', false],
      ['Foreground', false],
      ['Orphan', true],
    ] as const) {
      const owner = await client().create(ConfigMaps, configMap(`owner-${policy.toLowerCase()}`));
      const name = `pod-${policy.toLowerCase()}`;
      await client().create(Pods, pod(name, owner));
      await client().delete(ConfigMaps, 'default', owner.metadata.name, { propagationPolicy: policy });
      expect(await client().get(ConfigMaps, 'default', owner.metadata.name), policy).toBeUndefined();
      const left = await client().get(Pods, 'default', name);
      expect(left !== undefined, policy).toBe(remains);
      expect(left?.metadata.ownerReferences, policy).toBeUndefined();
    }
  });

  it('lets an owner go only after its dependants when that is asked for', async () => {
    const owner = await client().create(ConfigMaps, configMap('owner'));
    const dependant = await client().create(Pods, pod('web', owner));
    await client().update(Pods, {
      ...dependant,
      spec: { ...dependant.spec, containers: dependant.spec?.containers ?? [], nodeName: 'local' },
    });
    await client().delete(ConfigMaps, 'default', 'owner', { propagationPolicy: 'Foreground' });
    expect((await client().get(ConfigMaps, 'default', 'owner'))?.metadata.deletionTimestamp).toBeDefined();
    await client().delete(Pods, 'default', 'web', { gracePeriodSeconds: 0 });
    expect(await client().get(ConfigMaps, 'default', 'owner')).toBeUndefined();
  });

  it('does not keep an object that comes after its owner has gone', async () => {
    const owner = await client().create(ConfigMaps, configMap('owner'));
    await client().delete(ConfigMaps, 'default', 'owner');
    await client().create(Pods, pod('late', owner));
    expect(await client().get(Pods, 'default', 'late')).toBeUndefined();
  });
}

type WatchNames = (options?: { resourceVersion?: string; labelSelector?: { matchLabels: Record<string, string> } }) => string[];

function describeWatch(client: () => ResourceClient, watchNames: WatchNames, stop: () => AbortController): void {
  it('tells of what there is, then of every change in order', async () => {
    await client().create(ConfigMaps, configMap('old'));
    const events = watchNames();
    await vi.waitFor(() => expect(events).toEqual(['ADDED old']));
    const created = await client().create(ConfigMaps, configMap('new'));
    await client().update(ConfigMaps, { ...created, data: { color: 'blue' } });
    await client().delete(ConfigMaps, 'default', 'new');
    await vi.waitFor(() => expect(events).toEqual(['ADDED old', 'ADDED new', 'MODIFIED new', 'DELETED new']));
  });

  it('tells from a version on what happened after it', async () => {
    await client().create(ConfigMaps, configMap('a'));
    const { resourceVersion } = await client().list(ConfigMaps);
    await client().create(ConfigMaps, configMap('b'));
    const events = watchNames({ resourceVersion });
    await client().create(ConfigMaps, configMap('c'));
    await vi.waitFor(() => expect(events).toEqual(['ADDED b', 'ADDED c']));
  });

  it('tells of an object that begins or stops to match as of one that comes or goes', async () => {
    const created = await client().create(ConfigMaps, configMap('a'));
    const events = watchNames({ labelSelector: { matchLabels: { tier: 'web' } } });
    await client().create(ConfigMaps, configMap('other'));
    const labelled = await client().update(ConfigMaps, {
      ...created,
      metadata: { ...created.metadata, labels: { tier: 'web' } },
    });
    await client().update(ConfigMaps, { ...labelled, metadata: { ...labelled.metadata, labels: {} } });
    await vi.waitFor(() => expect(events).toEqual(['ADDED a', 'DELETED a']));
  });

  it('tells nothing more once it is aborted', async () => {
    const events = watchNames();
    await client().create(ConfigMaps, configMap('a'));
    await vi.waitFor(() => expect(events).toEqual(['ADDED a']));
    stop().abort();
    const after = new AbortController();
    const witness: WatchEvent<ConfigMap>[] = [];
    client().watch(ConfigMaps, { signal: after.signal }, (event) => witness.push(event));
    await client().create(ConfigMaps, configMap('b'));
    await vi.waitFor(() => expect(witness).toHaveLength(2));
    after.abort();
    expect(events).toEqual(['ADDED a']);
  });

  it('gives each reader a copy of its own', async () => {
    await client().create(ConfigMaps, configMap('a', { color: 'blue' }));
    const first = await client().get(ConfigMaps, 'default', 'a');
    if (first?.data !== undefined) first.data.color = 'red';
    expect(await client().get(ConfigMaps, 'default', 'a')).toMatchObject({ data: { color: 'blue' } });
  });
}
