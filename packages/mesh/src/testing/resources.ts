/**
 * The resources the mesh reads, with everything a test does not care about filled in.
 */
import type { DestinationRule, EndpointSlice, Gateway, Pod, Service, VirtualService } from '@hikyaku/resources';
import type { Endpoint } from '../snapshot/snapshot.ts';

const namespace = 'default';

export function gateway(
  name: string,
  servers: NonNullable<NonNullable<Gateway['spec']>['servers']> = [httpServer(['*'])],
): Gateway {
  const spec = { selector: { istio: 'ingressgateway' }, servers };
  return { apiVersion: 'networking.istio.io/v1beta1', kind: 'Gateway', metadata: { name, namespace }, spec };
}

export function httpServer(hosts: string[], number = 80) {
  return { port: { number, name: 'http', protocol: 'HTTP' }, hosts };
}

export function virtualService(name: string, spec: VirtualService['spec'], ownNamespace = namespace): VirtualService {
  const metadata = { name, namespace: ownNamespace };
  return { apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', metadata, spec: { hosts: ['*'], ...spec } };
}

export function service(name: string, { clusterIP = 'None', port = 80, portName = '' } = {}): Service {
  const spec = { clusterIP, selector: { app: name }, ports: [{ port, ...(portName !== '' && { name: portName }) }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
}

/** For the Service of the same name. */
export function destinationRule(host: string, spec: Partial<DestinationRule['spec']> = {}): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'DestinationRule',
    metadata: { name: host, namespace },
    spec: { host, ...spec },
  };
}

/** One port for all endpoints, as a slice has. */
export function endpointSlice(
  serviceName: string,
  endpoints: (Endpoint & { ready?: boolean; pod?: string })[],
  portName = '',
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${serviceName}-1`, namespace, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    ports: [{ name: portName, port: endpoints[0]?.port ?? 0, protocol: 'TCP' }],
    endpoints: endpoints.map(({ address, ready = true, pod }) => ({
      addresses: [address],
      conditions: { ready },
      ...(pod !== undefined && { targetRef: { kind: 'Pod', name: pod } }),
    })),
  };
}

export function labelledPod(name: string, labels: Record<string, string>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels } };
}

/** `message` is why its containers are not ready. */
export function unreadyPod(name: string, message: string): Pod {
  const status = { conditions: [{ type: 'ContainersReady', status: 'False', message }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, status };
}
