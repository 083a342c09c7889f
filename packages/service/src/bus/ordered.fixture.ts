/**
 * A process that writes down what it handles, for order.test.ts. It kills itself after a number of events, between a handler's commit and
 * its acknowledgement, and whenever the event says so.
 */
import { subscribe } from 'node:diagnostics_channel';
import { busChannelName, createService, Type, type BusPoint } from '../index.ts';

/** Of the service and of its group. */
const name = process.env.NAME ?? 'ordered';
const service = await createService({
  name,
  version: '0',
  config: { DATABASE_URL: Type.String(), BROKER_URL: Type.String(), HANDLED_AT_MOST: Type.Integer(), BATCH: Type.Boolean() },
});
let handled = 0;
subscribe(busChannelName, (point) => {
  if ((point as BusPoint).phase === 'handled' && ++handled === service.config.HANDLED_AT_MOST)
    process.kill(process.pid, 'SIGKILL');
});
// With this prefetch the first 16 are parked, and then events are handled as they come: processes end in both.
service.bus.subscribe(
  { group: name, topics: [`${name}.*`], prefetch: 2, attempts: 4, batch: service.config.BATCH },
  async ({ subject = '', data }, tx) => {
    if (data === 'bomb') process.kill(process.pid, 'SIGKILL');
    await tx.query('INSERT INTO handled (subject, n) VALUES ($1, $2)', [subject, Number(data)]);
  },
);
await service.start();
process.send?.('ready');
