/**
 * A process that writes down what it handles, for order.test.ts. It kills itself after a number of events, between a handler's commit and
 * its acknowledgement, and whenever the event says so.
 */
import { subscribe } from 'node:diagnostics_channel';
import { busChannelName, createService, Type, type BusPoint } from '../index.ts';

const service = await createService({
  name: 'ordered',
  version: '0',
  config: { DATABASE_URL: Type.String(), BROKER_URL: Type.String(), HANDLED_AT_MOST: Type.Integer() },
});
let handled = 0;
subscribe(busChannelName, (point) => {
  if ((point as BusPoint).phase === 'handled' && ++handled === service.config.HANDLED_AT_MOST)
    process.kill(process.pid, 'SIGKILL');
});
// With this prefetch the first 16 are parked, and then events are handled as they come: processes end in both.
service.bus.subscribe(
  { group: 'ordered', topics: ['ordered.*'], prefetch: 2, attempts: 4 },
  async ({ subject = '', data }, tx) => {
    if (data === 'bomb') process.kill(process.pid, 'SIGKILL');
    await tx.query('INSERT INTO handled (subject, n) VALUES ($1, $2)', [subject, Number(data)]);
  },
);
await service.start();
process.send?.('ready');
