/** A process that writes into the store until it is killed, and says after each write how many have been acknowledged. */
import { ConfigMaps } from '@hikyaku/resources';
import { openStore } from '../store.ts';

const [, , file = ''] = process.argv;
const store = openStore({ file });
for (let count = 0; ; count++) {
  await store.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `n-${count}` } });
  process.send?.(count + 1);
  // The message leaves this process only when the event loop turns.
  await new Promise(setImmediate);
}
