/** Services. The address itself is given by the API, not here. */
import { fill, records, type Fields } from './fill.ts';

export function defaultService(spec: Fields): void {
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec.type !== 'ExternalName')
    fill(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  for (const port of records(spec, 'ports')) fill(port, { protocol: 'TCP', targetPort: port.port });
}
