/** Events written in the transaction they belong to, waiting for the relay. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database/database.ts';
import { activeTraceparent } from '../telemetry/trace.ts';
import type { CloudEvent, NewEvent } from './event.ts';

export function toCloudEvent(service: string, { id = randomUUID(), type, subject, dataschema, data }: NewEvent): CloudEvent {
  const traceparent = activeTraceparent();
  return {
    specversion: '1.0',
    id,
    source: `/${service}`,
    type,
    ...(subject === undefined ? {} : { subject }),
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    ...(dataschema === undefined ? {} : { dataschema }),
    data,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** Ids are given in the order of publishing. */
const insert = `INSERT INTO hikyaku.outbox (event)
  SELECT event::jsonb FROM unnest($1::text[]) WITH ORDINALITY AS published (event, place) ORDER BY place`;

/** What each transaction that is under way has published since its last statement: it leaves as one statement, in its place among the others. */
const published = new WeakMap<Transaction, string[]>();

export function writeOutbox(tx: Transaction, event: CloudEvent): void {
  const others = published.get(tx);
  if (others) {
    others.push(JSON.stringify(event));
    return;
  }
  const events = [JSON.stringify(event)];
  published.set(tx, events);
  tx.beforeNext(() => {
    published.delete(tx);
    tx.send(insert, [events]);
  });
}
