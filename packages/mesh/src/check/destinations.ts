/**
 * Destinations that name a Service but leave open which of its ports is meant. Names and ports that are not there are found when
 * the manifests are read.
 */
import { fieldError } from '@hikyaku/resources';
import type { FieldError, Service, VirtualService } from '@hikyaku/resources';
import { tcpPorts } from '../snapshot/clusters.ts';
import { serviceOfHost } from '../snapshot/hosts.ts';

/** `services` by `namespace/name`. */
export function ambiguousPorts(virtualService: VirtualService, services: ReadonlyMap<string, Service>): FieldError[] {
  const { namespace = 'default' } = virtualService.metadata;
  return (virtualService.spec?.http ?? []).flatMap((rule, index) =>
    (rule.route ?? []).flatMap(({ destination }, position) => {
      if (destination.port !== undefined) return [];
      const named = serviceOfHost(destination.host, namespace);
      const service = named && services.get(`${named.namespace}/${named.name}`);
      const ports = service === undefined ? [] : tcpPorts(service).map(({ port }) => port);
      if (ports.length < 2) return [];
      const segments = ['spec', 'http', index, 'route', position, 'destination', 'host'];
      return [
        fieldError(segments, `needs a port number, since Service ${destination.host} has several`, `it has ${ports.join(', ')}`),
      ];
    }),
  );
}
