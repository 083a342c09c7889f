/**
 * The service that falls ill: answers GET /price by the mode that was set with PUT /mode, and counts what reached it.
 */
import { createService, Type } from '../../packages/service/src/index.ts';

const Mode = Type.Union([Type.Literal('healthy'), Type.Literal('failing'), Type.Literal('slow')]);

const service = await createService({ name: 'dependency', version: '0', config: {} });
let mode: 'healthy' | 'failing' | 'slow' = 'healthy';
let reached = 0;

/** Nine of ten: a breaker has to see through the tenth. */
const failureShare = 0.9;
const slowMs = 2000;

service.http.get('/price', async (_request, reply) => {
  reached++;
  if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs));
  if (mode === 'failing' && Math.random() < failureShare) return reply.code(500).send();
  return { price: 1200 };
});
service.http.put('/mode', { schema: { body: Type.Object({ mode: Mode }) } }, (request) => {
  mode = request.body.mode;
  return { mode };
});
service.http.get('/reached', () => ({ reached }));

const { url } = await service.start();
process.send?.({ url });
