/** What a broker delivers, read as an event; for what is none, an event that stands for it among the dead letters. */
import { randomUUID } from 'node:crypto';
import { Value } from 'typebox/value';
import { CloudEvent, cloudEvent } from '../event.ts';

/** `reason` says why it is no event. */
export type Read = { readonly event: CloudEvent; readonly reason?: string };

export function standInFor(data: unknown): Read {
  const event = cloudEvent.Check(data) ? data : undefined;
  // The database could not keep them apart from others: its text has no NUL.
  if (event && ![event.id, event.source, event.subject].some((text) => text?.includes('\0'))) return { event };
  const mistakes = Value.Errors(CloudEvent, data).map(({ instancePath, message }) => `#${instancePath} ${message}`);
  return {
    event: {
      specversion: '1.0',
      id: randomUUID(),
      source: '/unknown',
      type: 'unreadable',
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: data ?? null,
    },
    reason: `not a CloudEvent: ${mistakes.length > 0 ? mistakes.join('; ') : 'a NUL in its id, source or subject'}`,
  };
}
