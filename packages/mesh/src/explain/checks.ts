/**
 * What a request has to pass besides finding its rule. Tokens are not verified and nothing is counted here: it is told what is asked.
 */
import type { RequestHead } from '../routing/match.ts';
import { compileAuthorization } from '../security/authorization.ts';
import type { ProtectedPlace, Protection, RateLimits } from '../snapshot/protection.ts';
import type { Route } from '../snapshot/snapshot.ts';

export interface CheckedRequest {
  head: RequestHead;
  isEdge: boolean;
  /** What Gateways call the gateway's port it came in by. */
  port?: number;
  /** The rule that took it. */
  route?: Route;
  /** Cluster keys. */
  destinations: readonly string[];
}

/** In the order in which they are met, in words. */
export function checksOf(
  protection: Protection | undefined,
  { head, isEdge, port, route, destinations }: CheckedRequest,
): string[] {
  if (protection === undefined) return [];
  const gateway = protection.gateway && { ...protection.gateway, ...(port !== undefined && { ports: [port] }) };
  const atGateway = isEdge ? placeChecks(protection, head, 'at the gateway', gateway, route?.policies?.rateLimits) : [];
  const behind = destinations.flatMap((key) => {
    const { rateLimits: { local = [], ...others } = {}, ...place } = protection.clusters[key] ?? { ports: [] };
    return [
      ...placeChecks(protection, head, `at ${key}`, { ...place, rateLimits: others }),
      ...local.map((name) => `at each endpoint of ${key}: a local rate limit of its own (EnvoyFilter ${name})`),
    ];
  });
  return [...atGateway, ...behind];
}

function placeChecks(
  protection: Protection,
  head: RequestHead,
  where: string,
  place: ProtectedPlace | undefined,
  ofRoute?: RateLimits,
): string[] {
  const { authentications = [], authorizations = [], ports = [], rateLimits } = place ?? {};
  const { local = [], global = [] } = ofRoute ?? rateLimits ?? {};
  return [
    ...authentications.map((name) => `${where}: a token, if there is one, is verified (RequestAuthentication ${name})`),
    ...(authorizations.length === 0 ? [] : [`${where}: ${anonymousVerdict(protection, head, authorizations, ports)}`]),
    ...local.map((key) => `${where}: a local rate limit (EnvoyFilter ${key})`),
    ...global.map((key) => `${where}: a global rate limit (EnvoyFilter ${key})`),
  ];
}

function anonymousVerdict(protection: Protection, head: RequestHead, names: readonly string[], ports: readonly number[]): string {
  const policies = names.flatMap((name) => {
    const rules = protection.authorizations[name];
    return rules === undefined ? [] : [{ name, rules }];
  });
  const why = compileAuthorization(policies)({ head, identity: undefined, ports });
  const asked = `AuthorizationPolicy ${names.join(', ')}`;
  return why === undefined ? `allowed without a token (${asked})` : `refused without a token, 403: ${why}`;
}
