/** What the resources of the Gateway API refer to: classes, certificates, parents, backends. */
import type { Resource } from '../model.ts';
import { kindKeyOf } from '../registry.ts';
import { Cursor } from './cursor.ts';
import type { FieldError } from './field-error.ts';
import { namespaceOf, servicePortErrors } from './name-index.ts';
import type { NameIndex } from './name-index.ts';

const group = 'gateway.networking.k8s.io';
const gatewayKey = `Gateway.${group}`;
/** Made by hikyaku itself where no manifest does. */
const ownClasses = ['hikyaku', 'istio'];

/** None for resources of other groups. */
export function gatewayApiReferenceErrors(resource: Resource, index: NameIndex): FieldError[] {
  const key = kindKeyOf(resource);
  const spec = new Cursor(resource).at('spec');
  if (key === gatewayKey) {
    const certificates = spec
      .at('listeners')
      .items()
      .flatMap((listener) => listener.at('tls', 'certificateRefs').items());
    return [
      ...classErrors(spec.at('gatewayClassName'), index),
      ...certificates.flatMap((certificate) => certificateErrors(certificate, namespaceOf(resource), index)),
    ];
  }
  if (key !== 'HTTPRoute' && key !== 'GRPCRoute') return [];
  const namespace = namespaceOf(resource);
  const rules = spec.at('rules').items();
  const backends = rules.flatMap((rule) => rule.at('backendRefs').items());
  const mirrors = [...rules, ...backends]
    .flatMap((place) => place.at('filters').items())
    .map((filter) => filter.at('requestMirror', 'backendRef'));
  return [
    ...spec
      .at('parentRefs')
      .items()
      .flatMap((parent) => parentErrors(parent, namespace, index)),
    ...[...backends, ...mirrors].flatMap((backend) => backendErrors(backend, namespace, index)),
  ];
}

function classErrors(className: Cursor, index: NameIndex): FieldError[] {
  return ownClasses.includes(className.text ?? '') ? [] : index.missing('GatewayClass', '', className);
}

function certificateErrors(certificate: Cursor, ownNamespace: string, index: NameIndex): FieldError[] {
  const isSecret = (certificate.at('group').text ?? '') === '' && (certificate.at('kind').text ?? 'Secret') === 'Secret';
  return isSecret ? index.missing('Secret', certificate.at('namespace').text ?? ownNamespace, certificate.at('name')) : [];
}

function parentErrors(parent: Cursor, ownNamespace: string, index: NameIndex): FieldError[] {
  const kind = `${parent.at('kind').text ?? 'Gateway'}.${parent.at('group').text ?? group}`;
  const namespace = parent.at('namespace').text ?? ownNamespace;
  if (kind === gatewayKey) return index.missing(gatewayKey, namespace, parent.at('name'));
  return kind === 'Service.' ? serviceErrors(parent, namespace, index) : [];
}

function backendErrors(backend: Cursor, ownNamespace: string, index: NameIndex): FieldError[] {
  const isService = (backend.at('group').text ?? '') === '' && (backend.at('kind').text ?? 'Service') === 'Service';
  return isService ? serviceErrors(backend, backend.at('namespace').text ?? ownNamespace, index) : [];
}

function serviceErrors(reference: Cursor, namespace: string, index: NameIndex): FieldError[] {
  const missing = index.missing('Service', namespace, reference.at('name'));
  return missing.length > 0
    ? missing
    : servicePortErrors(reference.at('port'), namespace, reference.at('name').text ?? '', index);
}
