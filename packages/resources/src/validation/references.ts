/**
 * What can be said only of a whole set of resources: no name twice, and nothing referred to that is not there. A reference that leads out of the
 * set is a warning, for what it names may have been applied before or be about to come from elsewhere.
 */
import { matchesSelector } from '../labels.ts';
import type { Resource } from '../model.ts';
import { kindKeyOf } from '../registry.ts';
import { Cursor } from './cursor.ts';
import type { FieldError } from './field-error.ts';
import { gatewayApiReferenceErrors } from './gateway-api-references.ts';
import { namespaceOf, NameIndex, servicePortErrors } from './name-index.ts';

export interface SetMember {
  resource: Resource;
  /** For the message about a second resource of the same name: `shop/deploy/10-postgres.yaml:12`. */
  where: string;
}

export interface SetFinding {
  /** Of the resource in the set. */
  index: number;
  error: FieldError;
  severity: 'error' | 'warning';
}

export function setFindings(set: readonly SetMember[]): SetFinding[] {
  const index = new NameIndex(set.map(({ resource }) => resource));
  const warnings = set.flatMap(({ resource }, position) =>
    referenceErrors(resource, index).map((error) => ({ index: position, error, severity: 'warning' as const })),
  );
  return [...duplicates(set), ...warnings];
}

function duplicates(set: readonly SetMember[]): SetFinding[] {
  const first = new Map<string, SetMember>();
  return set.flatMap((member, index) => {
    const { kind, metadata } = member.resource;
    if ((metadata.name as string | undefined) === undefined) return [];
    const identity = `${kindKeyOf(member.resource)}/${namespaceOf(member.resource)}/${metadata.name}`;
    const earlier = first.get(identity);
    if (earlier === undefined) first.set(identity, member);
    return earlier === undefined
      ? []
      : [
          {
            index,
            error: new Cursor(member.resource)
              .at('metadata', 'name')
              .invalid(`is taken: there is a ${kind} of this name at ${earlier.where}`),
            severity: 'error' as const,
          },
        ];
  });
}

const podSpecPaths: Record<string, string[]> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
};

/** There from the first start; `''` is the place of kinds without one. */
const builtInNamespaces = ['', 'default', 'kube-system', 'istio-system'];

function referenceErrors(resource: Resource, index: NameIndex): FieldError[] {
  const root = new Cursor(resource);
  const namespace = namespaceOf(resource);
  const podSpec = podSpecPaths[resource.kind];
  return [
    ...(podSpec === undefined ? [] : podErrors(root.at(...podSpec), namespace, index)),
    ...(resource.kind === 'StatefulSet' ? index.missing('Service', namespace, root.at('spec', 'serviceName')) : []),
    ...(resource.kind === 'Service' ? selectorErrors(root, namespace, index) : []),
    ...(resource.kind === 'VirtualService' ? routeErrors(root.at('spec'), namespace, index) : []),
    ...(resource.kind === 'DestinationRule' ? destinationErrors(root.at('spec'), namespace, index) : []),
    ...gatewayApiReferenceErrors(resource, index),
    ...(builtInNamespaces.includes(namespace) ? [] : index.missing('Namespace', '', root.at('metadata', 'namespace'))),
  ];
}

function podErrors(spec: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const containers = [...spec.at('initContainers').items(), ...spec.at('containers').items()];
  const sources = containers.flatMap((container) => [
    ...container
      .at('envFrom')
      .items()
      .flatMap((source) => [source.at('configMapRef'), source.at('secretRef')]),
    ...container
      .at('env')
      .items()
      .flatMap((variable) => [variable.at('valueFrom', 'configMapKeyRef'), variable.at('valueFrom', 'secretKeyRef')]),
  ]);
  const volumes = spec.at('volumes').items();
  const projected = volumes.flatMap((volume) => volume.at('projected', 'sources').items());
  const mounted = [...volumes, ...projected].flatMap((volume) => [volume.at('configMap'), volume.at('secret')]);
  const claims = volumes.map((volume) => volume.at('persistentVolumeClaim', 'claimName'));
  return [
    ...[...sources, ...mounted]
      .filter((source) => source.at('optional').value !== true)
      .flatMap((source) => configErrors(source, namespace, index)),
    ...claims.flatMap((claim) => index.missing('PersistentVolumeClaim', namespace, claim)),
  ];
}

/** `source` is a configMapRef, a secretKeyRef, a `secret` volume, …: its own name says of which kind. */
function configErrors(source: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const kind = String(source.path.at(-1)).startsWith('secret') ? 'Secret' : 'ConfigMap';
  const name = source.at('secretName').exists ? source.at('secretName') : source.at('name');
  return index.missing(kind, namespace, name);
}

/** A Service that selects nothing here gives no answer; that is seldom meant. */
function selectorErrors(service: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const selector = service.at('spec', 'selector');
  if (!selector.exists) return [];
  const selected = index.resources.some((resource) => {
    const path =
      resource.kind === 'Pod'
        ? ['metadata', 'labels']
        : [...(podSpecPaths[resource.kind] ?? []).slice(0, -1), 'metadata', 'labels'];
    const isPod = podSpecPaths[resource.kind] !== undefined && namespaceOf(resource) === namespace;
    return isPod && matchesSelector({ matchLabels: selector.texts() }, new Cursor(resource).at(...path).texts());
  });
  return selected ? [] : [selector.invalid('matches no Pod of these manifests')];
}

function routeErrors(spec: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const rules = ['http', 'tcp', 'tls'].flatMap((protocol) => spec.at(protocol).items());
  const destinations = rules.flatMap((rule) => [
    ...[...rule.at('route').items(), ...rule.at('mirrors').items()].map((route) => route.at('destination')),
    rule.at('mirror'),
  ]);
  const gateways = spec
    .at('gateways')
    .items()
    .filter(({ text }) => text !== 'mesh');
  return [
    ...destinations.flatMap((destination) => destinationErrors(destination, namespace, index)),
    ...gateways.flatMap((gateway) => gatewayErrors(gateway, namespace, index)),
  ];
}

const clusterHost = /^([^.]+)(?:\.([^.]+)(?:\.svc(?:\.cluster\.local)?)?)?$/;

/** A host of another shape is a name outside of the cluster, which a ServiceEntry would explain. */
function destinationErrors(destination: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const host = destination.at('host');
  const [, name, ownNamespace = namespace] = clusterHost.exec(host.text ?? '') ?? [];
  if (name === undefined) return [];
  const missing = index.missing('Service', ownNamespace, host, name);
  return missing.length > 0 ? missing : servicePortErrors(destination.at('port', 'number'), ownNamespace, name, index);
}

function gatewayErrors(gateway: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const [first = '', second] = (gateway.text ?? '').split('/');
  return second === undefined
    ? index.missing('Gateway', namespace, gateway, first)
    : index.missing('Gateway', first, gateway, second);
}
