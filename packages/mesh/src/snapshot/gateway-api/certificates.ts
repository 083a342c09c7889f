/**
 * The certificate of a listener that ends TLS, as far as it may be referred to.
 */
import type { GatewayListener, KubernetesGateway, ObjectReference, ReferenceGrant, Secret } from '@hikyaku/resources';
import type { TlsSettings } from '../snapshot.ts';
import { certificateOf } from '../tls-settings.ts';
import { isGranted } from './grants.ts';
import { namespaceOf } from './resources.ts';
import type { Problem } from './resources.ts';

export interface CertificateContext {
  /** By `namespace/name`. */
  secrets: ReadonlyMap<string, Secret>;
  referenceGrants: readonly ReferenceGrant[];
}

/** With a problem the listener is not served: there is nothing it could show its clients. */
export type ListenerTls = { tls: TlsSettings } | { unresolved: Problem };

/** Of several certificates the first is used. */
export function listenerTls({ tls }: GatewayListener, gateway: KubernetesGateway, context: CertificateContext): ListenerTls {
  const [reference] = tls?.certificateRefs ?? [];
  if (reference === undefined) return invalid('tls.certificateRefs names no Secret');
  const { name, namespace = namespaceOf(gateway) } = reference;
  const notPermitted = whyNotPermitted(reference, namespace, gateway, context);
  if (notPermitted) return { unresolved: notPermitted };
  const secret = context.secrets.get(`${namespace}/${name}`);
  if (secret === undefined) return invalid(`there is no Secret ${name} in namespace ${namespace}`);
  const found = certificateOf(secret, { warn: () => undefined });
  return 'problem' in found ? invalid(`Secret ${name}: ${found.problem}`) : { tls: found.settings };
}

function whyNotPermitted(
  { group = '', kind = 'Secret', name }: ObjectReference,
  namespace: string,
  gateway: KubernetesGateway,
  { referenceGrants }: CertificateContext,
): Problem | undefined {
  if (group !== '' || kind !== 'Secret')
    return invalid(`${kind}${group === '' ? '' : `.${group}`} holds no certificate here, only a Secret does`).unresolved;
  const from = { kind: 'Gateway', namespace: namespaceOf(gateway) };
  if (isGranted(referenceGrants, from, { kind, namespace, name })) return undefined;
  return {
    reason: 'RefNotPermitted',
    message: `no ReferenceGrant in namespace ${namespace} lets a Gateway of namespace ${from.namespace} refer to Secret ${name}`,
  };
}

function invalid(message: string): { unresolved: Problem } {
  return { unresolved: { reason: 'InvalidCertificateRef', message } };
}
