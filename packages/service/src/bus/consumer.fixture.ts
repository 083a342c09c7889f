/** A process that takes an event and never finishes with it, for bus.test.ts. */
import { createService, Type } from '../index.ts';

const service = await createService({
  name: 'consumer',
  version: '0',
  config: { DATABASE_URL: Type.String(), BROKER_URL: Type.String() },
});
service.bus.subscribe({ group: 'killed', topics: ['slow.*'] }, () => {
  process.send?.('taken');
  return new Promise<never>(() => undefined);
});
await service.start();
process.send?.('ready');
