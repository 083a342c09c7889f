/**
 * Writes v1 Events: what happened to an object, for people (`kubectl describe`, `hikyaku up`). Nothing in the system acts on them, so
 * recording one never fails into the caller and never makes it wait.
 */
import { createHash } from 'node:crypto';
import type { ResourceClient } from './client.ts';
import { Events, type Event } from './kinds.ts';
import type { Resource } from './model.ts';

export interface EventInput {
  type: 'Normal' | 'Warning';
  /** One CamelCase word a program could look for: `Pulled`, `Unhealthy`, `BackOff`. */
  reason: string;
  /** A sentence for people. */
  message: string;
}

export type EventRecorder = (involved: Resource, event: EventInput) => void;

/**
 * A recorder that signs as `component`. The same event about the same object again raises `count` and `lastTimestamp` of the first: its name is
 * a digest of both, so this also holds across restarts.
 */
export function createEventRecorder(client: ResourceClient, component: string): EventRecorder {
  const writing = new Map<string, Promise<void>>();
  return (involved, input) => {
    const event = newEvent(involved, input, component);
    const key = `${event.metadata.namespace ?? ''}/${event.metadata.name}`;
    // One write at a time per event, so that two quick repeats do not both read the same count. One that fails (the store is closing,
    // the namespace is going) is lost by design.
    const write = (writing.get(key) ?? Promise.resolve()).then(() => countUp(client, event)).catch(() => undefined);
    writing.set(key, write);
    void write.then(() => {
      if (writing.get(key) === write) writing.delete(key);
    });
  };
}

async function countUp(client: ResourceClient, event: Event): Promise<void> {
  const { namespace, name } = event.metadata;
  const earlier = await client.get(Events, namespace, name);
  if (earlier === undefined) await client.create(Events, event);
  else
    await client.update(Events, {
      ...earlier,
      count: (earlier.count ?? 1) + 1,
      ...(event.lastTimestamp && { lastTimestamp: event.lastTimestamp }),
    });
}

function newEvent(involved: Resource, { type, reason, message }: EventInput, component: string): Event {
  const { name, namespace = 'default', uid = '', resourceVersion } = involved.metadata;
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const digest = createHash('sha256')
    .update([involved.kind, uid, component, type, reason, message].join('\0'))
    .digest('hex')
    .slice(0, 16);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${digest}`, namespace },
    involvedObject: {
      apiVersion: involved.apiVersion,
      kind: involved.kind,
      name,
      namespace,
      uid,
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
  };
}
