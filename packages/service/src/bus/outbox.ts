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

export function writeOutbox(tx: Transaction, event: CloudEvent): void {
  tx.send('INSERT INTO hikyaku.outbox (event) VALUES ($1)', [JSON.stringify(event)]);
}
