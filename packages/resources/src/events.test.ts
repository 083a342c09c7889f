import { describe, expect, it, vi } from 'vitest';
import { ResourceError, type ResourceClient } from './client.ts';
import { createEventRecorder } from './events.ts';
import type { Event } from './kinds.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'cart-1', namespace: 'shop', uid: 'u1' } };
const unhealthy = { type: 'Warning', reason: 'Unhealthy', message: 'readiness: HTTP 503' } as const;

/** Only what a recorder may call. */
function eventStore(fail?: Error) {
  const stored = new Map<string, Event>();
  const client = {
    get: (_: unknown, namespace: string, name: string) =>
      fail ? Promise.reject(fail) : Promise.resolve(structuredClone(stored.get(`${namespace}/${name}`))),
    create: (_: unknown, event: Event) =>
      Promise.resolve(stored.set(`${event.metadata.namespace}/${event.metadata.name}`, event)),
    update: (_: unknown, event: Event) =>
      Promise.resolve(stored.set(`${event.metadata.namespace}/${event.metadata.name}`, event)),
  } as unknown as ResourceClient;
  return { client, events: () => [...stored.values()] };
}

describe('recording events', () => {
  it('writes what happened, to which object, and who says so', async () => {
    const { client, events } = eventStore();
    createEventRecorder(client, 'node')(pod, unhealthy);
    await vi.waitFor(() => expect(events()).toHaveLength(1));
    expect(events()[0]).toMatchObject({
      ...unhealthy,
      count: 1,
      source: { component: 'node' },
      metadata: { namespace: 'shop' },
      involvedObject: { kind: 'Pod', name: 'cart-1', uid: 'u1' },
    });
  });

  it('counts repeats, also quick ones and those of another run', async () => {
    const { client, events } = eventStore();
    const record = createEventRecorder(client, 'node');
    for (let i = 0; i < 5; i++) record(pod, unhealthy);
    await vi.waitFor(() => expect(events()[0]?.count).toBe(5));
    createEventRecorder(client, 'node')(pod, unhealthy);
    await vi.waitFor(() => expect(events()[0]?.count).toBe(6));
    expect(events()).toHaveLength(1);
  });

  it('keeps different messages and different objects apart', async () => {
    const { client, events } = eventStore();
    const record = createEventRecorder(client, 'node');
    record(pod, unhealthy);
    record(pod, { ...unhealthy, message: 'readiness: HTTP 500' });
    record({ ...pod, metadata: { ...pod.metadata, uid: 'u2' } }, unhealthy);
    await vi.waitFor(() => expect(events()).toHaveLength(3));
  });

  it('never fails into the caller', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { client } = eventStore(new ResourceError('ServiceUnavailable', 'closing'));
    createEventRecorder(client, 'node')(pod, unhealthy);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
