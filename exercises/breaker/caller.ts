/** The service that leans on it: GET /quote asks the dependency, through a guard unless GUARDED=no. */
import { createService, Type } from '../../packages/service/src/index.ts';

const config = { DEPENDENCY_URL: Type.String(), GUARDED: Type.String({ default: 'yes' }) };
const service = await createService({ name: 'caller', version: '0', config });
const { DEPENDENCY_URL, GUARDED } = service.config;

const guard = service.guard('dependency', {
  timeoutMs: 400,
  attempts: 2,
  breaker: { failureShare: 0.5, windowMs: 2000, minimumPerSecond: 5, openMs: 1500 },
  bulkhead: { concurrent: 50, waiting: 50 },
});

async function price(signal: AbortSignal): Promise<unknown> {
  const response = await fetch(`${DEPENDENCY_URL}/price`, { signal });
  if (!response.ok) throw new Error(`the dependency answered ${response.status}`);
  return response.json();
}

service.http.get('/quote', () => (GUARDED === 'yes' ? guard.run(price) : price(AbortSignal.timeout(10_000))));

const { url } = await service.start();
process.send?.({ url });
