/**
 * Whether a request comes in at a place: who it is from (RequestAuthentication), then what it may do (AuthorizationPolicy). What is
 * known of it then changes what is routed and forwarded.
 */
import type { RequestHead } from '../routing/match.ts';
import type { Authenticated, Authentication, AuthenticationResult } from '../security/authentication.ts';
import type { Authorization } from '../security/authorization.ts';
import { withoutParams } from '../security/token-places.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import type { Answer } from './answers.ts';
import type { RoutedDecision } from './filter.ts';

export interface Door {
  authentication: Authentication | undefined;
  authorization: Authorization | undefined;
  /** For AuthorizationPolicies that name ports. */
  ports: readonly number[];
}

export type Admission = Authenticated | Answer;

/** Without a promise unless a token has to be verified. `ports` are those of the door where it is not known better. */
export function admit(door: Door, head: RequestHead, ports = door.ports): Admission | Promise<Admission> {
  const authenticated = door.authentication?.authenticate(head) ?? {};
  return authenticated instanceof Promise
    ? authenticated.then((result) => authorize(door, ports, head, result))
    : authorize(door, ports, head, authenticated);
}

export function isRefusal(admission: Admission): admission is Answer {
  return 'reason' in admission;
}

function authorize(
  { authorization }: Door,
  ports: readonly number[],
  head: RequestHead,
  result: AuthenticationResult,
): Admission {
  if ('detail' in result) return unauthenticated(head, result);
  const why = authorization?.({ head, identity: result.identity, ports });
  if (why === undefined) return result;
  const whose = result.identity === undefined ? 'without a token' : 'with this token';
  return { status: 403, reason: 'denied', detail: `${head.method} ${head.path} ${whose} is not allowed here: ${why}.` };
}

/** RFC 6750 §3. */
function unauthenticated(head: RequestHead, { status, detail }: { status: 401 | 403; detail: string }): Answer {
  const realm = `${head.scheme}://${head.authority}${head.path}`.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, '');
  return {
    status,
    reason: 'unauthenticated',
    detail,
    fields: ['WWW-Authenticate', `Bearer realm="${realm}", error="invalid_token"`],
  };
}

/** The request as it is behind the door: what goes no further is not seen by rules either, what was set is. */
export function admittedHead(head: RequestHead, { changes, identity }: Authenticated): RequestHead {
  if (changes === undefined && identity === undefined) return head;
  const { remove = [], set = [] } = changes ?? {};
  const header = (name: string) => {
    const own = set.find(([changed]) => changed.toLowerCase() === name);
    if (own !== undefined) return own[1];
    return remove.includes(name) ? undefined : head.header(name);
  };
  return { ...head, header, ...(identity && { claims: identity.claims }) };
}

/** The decision with what the upstream is told, and without what goes no further. */
export function admittedDecision(decision: RoutedDecision, { changes, droppedParams }: Authenticated): RoutedDecision {
  if (decision.kind !== 'forward' || (changes === undefined && droppedParams === undefined)) return decision;
  const requestHeaders: readonly HeaderChanges[] = [...(changes ? [changes] : []), ...(decision.requestHeaders ?? [])];
  const target = droppedParams === undefined ? decision.target : withoutParams(decision.target, droppedParams);
  return { ...decision, target, requestHeaders };
}
