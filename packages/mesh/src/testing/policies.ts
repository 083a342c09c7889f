/**
 * Policies and tokens for tests, and a gateway with a Service behind it that they hold for.
 */
import type { AuthorizationPolicy, EnvoyFilter, RequestAuthentication } from '@hikyaku/resources';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JWTPayload } from 'jose';
import type { MeshResources } from '../snapshot/compile.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { endpointSlice, gateway, service, virtualService } from './resources.ts';
import type { OutlierDetectionPolicy } from '../snapshot/cluster-policies.ts';

type JwtRule = NonNullable<NonNullable<RequestAuthentication['spec']>['jwtRules']>[number];

/** Holds for the gateway unless `spec` selects something else. */
export function requestAuthentication(rule: JwtRule, spec: RequestAuthentication['spec'] = atGateway): RequestAuthentication {
  const metadata = { name: 'jwt', namespace: 'istio-system' };
  return { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata, spec: { ...spec, jwtRules: [rule] } };
}

export function authorizationPolicy(name: string, spec: AuthorizationPolicy['spec']): AuthorizationPolicy {
  const metadata = { name, namespace: 'istio-system' };
  return { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata, spec: { ...atGateway, ...spec } };
}

export const atGateway = { selector: { matchLabels: { istio: 'ingressgateway' } } };

export function envoyFilter(
  name: string,
  configPatches: NonNullable<NonNullable<EnvoyFilter['spec']>['configPatches']>,
  labels: Record<string, string> = { istio: 'ingressgateway' },
): EnvoyFilter {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace: 'istio-system' },
    spec: { workloadSelector: { labels }, configPatches },
  };
}

/** The patch that inserts `envoy.filters.http.local_ratelimit`, with every request counted and every limit enforced unless `config` says otherwise. */
export function localRateLimitPatch(config: Record<string, unknown>, context: 'GATEWAY' | 'SIDECAR_INBOUND' = 'GATEWAY') {
  const always = { default_value: { numerator: 100, denominator: 'HUNDRED' } };
  return {
    applyTo: 'HTTP_FILTER' as const,
    match: { context },
    patch: {
      operation: 'INSERT_BEFORE' as const,
      value: {
        name: 'envoy.filters.http.local_ratelimit',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
          filter_enabled: always,
          filter_enforced: always,
          ...config,
        },
      },
    },
  };
}

export function bucket(tokens: number, interval = '3600s') {
  return { max_tokens: tokens, tokens_per_fill: tokens, fill_interval: interval };
}

/** Everything that comes in at the gateway goes to the Service `web`. */
export function webBehindGateway(endpoint: Endpoint, more: Partial<MeshResources> = {}): MeshResources {
  return {
    gateways: [gateway('public')],
    virtualServices: [virtualService('web', { gateways: ['public'], http: [{ route: [{ destination: { host: 'web' } }] }] })],
    services: [service('web', { portName: 'http' })],
    endpointSlices: [endpointSlice('web', [endpoint], 'http')],
    pods: [],
    ...more,
  };
}

export interface Issuer {
  name: string;
  /** The key set, as JSON. */
  jwks: string;
  /** Signed, with an `iss` and a `sub` unless the claims say otherwise; good for an hour. */
  sign(claims?: JWTPayload): Promise<string>;
}

export async function createIssuer(name = 'https://id.shop.test', kid = 'key-1'): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
  return {
    name,
    jwks: JSON.stringify({ keys: [jwk] }),
    sign: (claims = {}) =>
      new SignJWT({ iss: name, sub: 'hanako', exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid })
        .sign(privateKey),
  };
}

/** What Istio's defaults come to. */
export const defaultOutlierDetection: OutlierDetectionPolicy = {
  consecutive5xxErrors: 5,
  consecutiveGatewayErrors: 0,
  consecutiveLocalOriginFailures: 5,
  splitExternalLocalOriginErrors: false,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 10,
};
