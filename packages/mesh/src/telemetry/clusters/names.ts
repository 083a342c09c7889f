/**
 * What a cluster is called in statistics: as Istio calls it, `outbound|8080|v1|reviews.default.svc.cluster.local`, made of the key
 * `reviews.default:8080/v1`. What is no such key is its own name.
 */
import { destinationService } from '../destination.ts';

export function statName(cluster: string): string {
  const [, port, subset = ''] = /^[^:/]+:(\d+)(?:\/(.*))?$/.exec(cluster) ?? [];
  return port === undefined ? cluster : `outbound|${port}|${subset}|${destinationService(cluster).host}`;
}
