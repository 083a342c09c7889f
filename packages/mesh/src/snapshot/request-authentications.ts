/**
 * RequestAuthentications as rules for tokens. A rule that cannot be read as written refuses every token it would have judged: it
 * must never let one through unverified.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { RequestAuthentication } from '@hikyaku/resources';
import { nameOf } from './names.ts';
import type { JwtRule, KeySource } from './protection.ts';

type WrittenRule = NonNullable<NonNullable<RequestAuthentication['spec']>['jwtRules']>[number];

const defaultTimeoutMs = 5_000;

export function compileJwtRules(policy: RequestAuthentication, warn: (message: string) => void): JwtRule[] {
  return (policy.spec?.jwtRules ?? []).map((rule, index) => {
    const name = `RequestAuthentication ${nameOf(policy)}, rule ${index + 1}`;
    const keys = keySourceOf(rule, policy.metadata.namespace ?? 'default');
    if (keys.kind === 'none') warn(`${name}: ${keys.why}, so every token of it is refused`);
    return { name, keys, ...conditionsOf(rule), ...locationsOf(rule), ...outputsOf(rule) };
  });
}

function conditionsOf({ issuer, audiences = [] }: WrittenRule): Pick<JwtRule, 'issuer' | 'audiences'> {
  return { ...(issuer !== undefined && issuer !== '' && { issuer }), audiences };
}

/** Where the keys of a rule come from; `none` where it cannot be read. */
export function keySourceOf({ jwks, jwksUri, jwks_uri, issuer, timeout }: WrittenRule, namespace: string): KeySource {
  if (jwks !== undefined && jwks !== '') {
    const why = whyNoKeySet(jwks);
    return why === undefined ? { kind: 'inline', jwks } : { kind: 'none', why };
  }
  const written = jwksUri ?? jwks_uri;
  const url = written ?? `${issuer?.replace(/\/$/, '') ?? ''}/.well-known/openid-configuration`;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    return { kind: 'none', why: `it has neither jwks nor a jwksUri that is a URL (${url})` };
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDurationMs(timeout);
  return { kind: written === undefined ? 'discovery' : 'jwks', url, namespace, timeoutMs };
}

function whyNoKeySet(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isSet = typeof parsed === 'object' && parsed !== null && 'keys' in parsed && Array.isArray(parsed.keys);
    return isSet ? undefined : 'its jwks is no JSON Web Key Set: it has no list of keys';
  } catch (error) {
    return `its jwks is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Istio's defaults hold only where no place is named at all. */
function locationsOf(rule: WrittenRule): Pick<JwtRule, 'fromHeaders' | 'fromParams' | 'fromCookies'> {
  const { fromHeaders = [], fromParams = [], fromCookies = [] } = rule;
  if (fromHeaders.length + fromParams.length + fromCookies.length === 0) {
    return { fromHeaders: [{ name: 'authorization', prefix: 'Bearer ' }], fromParams: ['access_token'], fromCookies: [] };
  }
  return {
    fromHeaders: fromHeaders.map(({ name = '', prefix = '' }) => ({ name: name.toLowerCase(), prefix })),
    fromParams,
    fromCookies,
  };
}

function outputsOf(rule: WrittenRule): Pick<JwtRule, 'payloadHeader' | 'claimHeaders' | 'forwardToken'> {
  const { outputPayloadToHeader, outputClaimToHeaders = [], forwardOriginalToken = false } = rule;
  return {
    ...(outputPayloadToHeader !== undefined && outputPayloadToHeader !== '' && { payloadHeader: outputPayloadToHeader }),
    claimHeaders: outputClaimToHeaders.map(({ header = '', claim = '' }) => ({ header, claim })),
    forwardToken: forwardOriginalToken,
  };
}
