/**
 * The balancers a cluster may have, by what its snapshot says.
 */
import type { LoadBalancerPolicy } from '../snapshot/cluster-policies.ts';
import type { Balancer, Candidate } from './balancer.ts';
import { HashBalancer } from './hash-balancer.ts';
import { LeastRequest } from './least-request.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { buildMaglev } from './maglev.ts';
import { RandomChoice } from './random.ts';
import { buildRing } from './ring-hash.ts';
import { RoundRobin } from './round-robin.ts';

/** For as long as the endpoints and their weights stay what they are; `random` is uniform in [0, 1). */
export function balancerFor<T extends Candidate>(
  policy: LoadBalancerPolicy,
  endpoints: readonly T[],
  random: () => number = Math.random,
): Balancer<T> {
  switch (policy.kind) {
    case 'ROUND_ROBIN':
      return new RoundRobin();
    case 'RANDOM':
    case 'PASSTHROUGH':
      return new RandomChoice(random);
    case 'LEAST_REQUEST':
      return new LeastRequest(random);
    case 'LEAST_RESPONSE_TIME':
      return new LeastResponseTime(random);
    case 'RING_HASH':
      return new HashBalancer(policy.key, () => buildRing(endpoints, policy.minimumRingSize), random);
    case 'MAGLEV':
      return new HashBalancer(policy.key, () => buildMaglev(endpoints, policy.tableSize), random);
  }
}
