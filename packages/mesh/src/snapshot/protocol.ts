/**
 * What a Service port speaks: Istio's protocol selection. Istio listens in on ports that do not say; here they are carried as bytes.
 */
import type { Service, ServiceEntryPort } from '@hikyaku/resources';

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** `http2` includes gRPC: its endpoints are asked over HTTP/2, whatever the caller speaks. */
export type PortProtocol = 'http' | 'http2' | 'tcp';

const byName: Readonly<Record<string, PortProtocol>> = {
  http: 'http',
  http2: 'http2',
  grpc: 'http2',
  'grpc-web': 'http2',
  'kubernetes.io/h2c': 'http2',
  'kubernetes.io/ws': 'http',
};

/** `appProtocol` counts before the port's name, of which the part before the first dash says the protocol. */
export function portProtocol({ appProtocol, name = '' }: ServicePort): PortProtocol {
  const written = (appProtocol ?? name).toLowerCase();
  if (appProtocol !== undefined) return byName[written] ?? 'tcp';
  const [prefix = ''] = /^grpc-web(?=-|$)/.exec(written) ?? written.split('-');
  return byName[prefix] ?? 'tcp';
}

const byEntryProtocol: Readonly<Record<string, PortProtocol>> = {
  HTTP: 'http',
  HTTP2: 'http2',
  GRPC: 'http2',
  'GRPC-WEB': 'http2',
};

/** What is encrypted by the caller is carried as bytes. */
export function entryPortProtocol({ protocol = '' }: Pick<ServiceEntryPort, 'protocol'>): PortProtocol {
  return byEntryProtocol[protocol.toUpperCase()] ?? 'tcp';
}
