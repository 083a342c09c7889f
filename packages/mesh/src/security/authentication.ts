/**
 * Who a request comes from, by the RequestAuthentications of a place. A request without a token passes and is nobody's; one with a
 * token that no rule takes is refused.
 */
import { claimAt } from '../routing/claims.ts';
import type { RequestHead } from '../routing/match.ts';
import type { JwtRule } from '../snapshot/protection.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import { findToken } from './token-places.ts';
import type { BadToken, Identity, TokenVerifier } from './token-verifier.ts';

export interface Authenticated {
  identity?: Identity;
  /** What the upstream is told; undefined when it is told nothing new. */
  changes?: HeaderChanges<string>;
  /** Query parameters that held the token and go no further. */
  droppedParams?: readonly string[];
}

export type AuthenticationResult = Authenticated | BadToken;

export class Authentication {
  readonly #verifiers: readonly TokenVerifier[];
  /** For requests without a token: what only a verified one may set must not come from outside. */
  readonly #anonymous: Authenticated;
  /** What is told of an identity is worked out once; an identity lives as long as its token is remembered. */
  readonly #known = new WeakMap<Identity, Authenticated>();

  constructor(verifiers: readonly TokenVerifier[]) {
    this.#verifiers = verifiers;
    const remove = outputHeaders(verifiers.map(({ rule }) => rule));
    this.#anonymous = remove.length === 0 ? {} : { changes: { remove, set: [], add: [] } };
  }

  /** Without a promise for requests without a token and for tokens that were seen before. */
  authenticate(head: RequestHead): AuthenticationResult | Promise<AuthenticationResult> {
    let first: Candidate | undefined;
    const others: Candidate[] = [];
    for (const verifier of this.#verifiers) {
      const token = findToken(head, verifier.rule);
      if (token === undefined) continue;
      const identity = verifier.recall(token);
      if (identity !== undefined) return this.#authenticated(identity, verifier.rule);
      if (first === undefined) first = { verifier, token };
      else others.push({ verifier, token });
    }
    return first === undefined ? this.#anonymous : this.#verify([first, ...others]);
  }

  async #verify(candidates: readonly Candidate[]): Promise<AuthenticationResult> {
    const issuers = new Map(candidates.map((candidate) => [candidate, unverifiedIssuer(candidate.token)]));
    const meant = candidates.filter(
      (candidate) => candidate.verifier.rule.issuer === undefined || candidate.verifier.rule.issuer === issuers.get(candidate),
    );
    let bad: BadToken = { status: 401, detail: 'The issuer of the token is none that is trusted here.' };
    for (const { verifier, token } of meant) {
      const result = await verifier.verify(token);
      if (!('detail' in result)) return this.#authenticated(result, verifier.rule);
      bad = result;
    }
    return bad;
  }

  #authenticated(identity: Identity, rule: JwtRule): Authenticated {
    const known = this.#known.get(identity);
    if (known !== undefined) return known;
    const { remove = [] } = this.#anonymous.changes ?? {};
    const spent = rule.forwardToken ? [] : rule.fromHeaders.map(({ name }) => name);
    const changes = { remove: [...remove, ...spent], set: outputs(identity, rule), add: [] };
    const isChanged = changes.remove.length + changes.set.length > 0;
    const authenticated: Authenticated = {
      identity,
      ...(isChanged && { changes }),
      ...(!rule.forwardToken && rule.fromParams.length > 0 && { droppedParams: rule.fromParams }),
    };
    this.#known.set(identity, authenticated);
    return authenticated;
  }
}

interface Candidate {
  verifier: TokenVerifier;
  token: string;
}

/** Says only whose keys to try. */
function unverifiedIssuer(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const hasIssuer = typeof claims === 'object' && claims !== null && 'iss' in claims;
    return hasIssuer && typeof claims.iss === 'string' ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}

function outputHeaders(rules: readonly JwtRule[]): string[] {
  const names = rules.flatMap(({ payloadHeader, claimHeaders }) =>
    [payloadHeader ?? [], claimHeaders.map(({ header }) => header)].flat(),
  );
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function outputs({ claims, payload }: Identity, { payloadHeader, claimHeaders }: JwtRule): [string, string][] {
  const fields = claimHeaders.flatMap(({ header, claim }): [string, string][] => {
    const text = claimText(claimAt(claims, claim.split('.')));
    return text === undefined ? [] : [[header, text]];
  });
  return payloadHeader === undefined ? fields : [[payloadHeader, payload], ...fields];
}

/** As Envoy tells them: lists and objects as base64url of their JSON. Undefined for what no header can hold. */
function claimText(claim: unknown): string | undefined {
  if (claim === undefined || claim === null) return undefined;
  const json = JSON.stringify(claim);
  const text = typeof claim === 'object' ? Buffer.from(json).toString('base64url') : typeof claim === 'string' ? claim : json;
  const latin1 = Buffer.from(text).toString('latin1');
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(latin1) ? latin1 : undefined;
}
