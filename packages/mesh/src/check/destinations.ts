/**
 * Destinations that name a Service but leave open which of its ports is meant. Names and ports that are not there are found when
 * the manifests are read.
 */
import { fieldError } from '@hikyaku/resources';
import type { FieldError, Service, VirtualService } from '@hikyaku/resources';
import { tcpPorts } from '../snapshot/clusters.ts';
import { serviceOfHost } from '../snapshot/hosts.ts';
import { namespaceOf } from '../snapshot/names.ts';
import { writtenDestinations } from './written-destinations.ts';

/** `services` by `namespace/name`. */
export function ambiguousPorts(virtualService: VirtualService, services: ReadonlyMap<string, Service>): FieldError[] {
  return writtenDestinations(virtualService).flatMap(({ destination: { host, port }, segments }) => {
    if (port !== undefined) return [];
    const named = serviceOfHost(host, namespaceOf(virtualService));
    const service = named && services.get(`${named.namespace}/${named.name}`);
    const ports = service === undefined ? [] : tcpPorts(service).map((each) => each.port);
    if (ports.length < 2) return [];
    return [
      fieldError([...segments, 'host'], `needs a port number, since Service ${host} has several`, `it has ${ports.join(', ')}`),
    ];
  });
}
