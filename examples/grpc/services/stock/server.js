/** Counts pieces. With BUSY_EVERY=2 every second call of Count is told RESOURCE_EXHAUSTED. */
import { Server, ServerCredentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const { shop } = loadPackageDefinition(loadSync(new URL('stock.proto', import.meta.url).pathname));
const version = process.env.VERSION;
const busyEvery = Number(process.env.BUSY_EVERY ?? Infinity);
let calls = 0;

const server = new Server();
server.addService(shop.Stock.service, {
  Count(_, answer) {
    calls++;
    if (calls % busyEvery === 0) answer({ code: status.RESOURCE_EXHAUSTED, details: 'busy' });
    else answer(null, { count: 3, version });
  },
  Reserve(_, answer) {
    answer(null, { count: 2, version });
  },
  Watch(call) {
    for (const count of [3, 4, 5]) call.write({ count, version });
    call.end();
  },
});
server.bindAsync('0.0.0.0:50051', ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
process.on('SIGTERM', () => server.tryShutdown(() => process.exit(0)));
