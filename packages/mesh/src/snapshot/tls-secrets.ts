/**
 * Certificates and keys in Secrets, under any of the names Istio knows them by. What is wrong is said without a byte of what a Secret holds.
 */
import type { Secret } from '@hikyaku/resources';

export interface SecretPlaces {
  /** Of whoever names the Secret. */
  namespace: string;
  /** By `namespace/name`. */
  secrets: ReadonlyMap<string, Secret>;
}

/** What is asked for cannot be had; the message says why, for people. */
export class Unusable extends Error {}

/** Where Istio looks for a gateway's Secrets: beside the gateway's own workload, which is not there on this machine. */
const gatewayNamespaces = ['istio-system', 'istio-ingress'];

/** Throws `Unusable` when there is none of that name. */
export function findSecret(name: string, places: SecretPlaces): Secret {
  const found = lookUp(name, places);
  if (found !== undefined) return found;
  throw new Unusable(`there is no Secret ${name} in namespace ${places.namespace} (nor in ${gatewayNamespaces.join(', ')})`);
}

function lookUp(name: string, { namespace, secrets }: SecretPlaces): Secret | undefined {
  for (const place of [namespace, ...gatewayNamespaces]) {
    const secret = secrets.get(`${place}/${name}`);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** The CA in the Secret itself or, as Istio allows, in one beside it. Throws `Unusable` when there is none. */
export function caOf(name: string, places: SecretPlaces): string {
  const own = lookUp(name, places);
  if (own !== undefined && find(own, 'ca.crt', 'cacert') !== undefined) return pem(own, 'ca.crt', 'cacert');
  return pem(findSecret(`${name}-cacert`, places), 'ca.crt', 'cacert');
}

/** The first of the entries that there is. Throws `Unusable` when there is none. */
export function pem(secret: Secret, ...names: string[]): string {
  const text = find(secret, ...names);
  if (text === undefined) throw new Unusable(`Secret ${secret.metadata.name} has no ${names.join(' or ')}`);
  return text;
}

function find({ data, stringData }: Secret, ...names: string[]): string | undefined {
  for (const name of names) {
    const written = stringData?.[name];
    const encoded = data?.[name];
    if (written !== undefined) return written;
    if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('latin1');
  }
  return undefined;
}
