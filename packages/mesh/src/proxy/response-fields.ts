/**
 * The header fields of an upstream's answer as the caller gets them: as the route wants them, with what the endpoint says of its limit, and the cookie that
 * leads the caller back to it.
 */
import type { Exchange } from '../http/exchange.ts';
import type { ResponseHead } from '../http/response-head.ts';
import type { ForwardDecision } from '../routing/decision.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import { describing } from './header-values.ts';
import { changedFields, downstreamFields } from './headers.ts';

export interface Answered {
  exchange: Exchange;
  decision: ForwardDecision;
  limitTold: HeaderChanges | undefined;
  cookie: string | undefined;
}

export function responseFields(head: ResponseHead, { exchange, decision, limitTold, cookie }: Answered): readonly string[] {
  const { responseHeaders } = decision;
  const changes = limitTold === undefined ? responseHeaders : [...(responseHeaders ?? []), limitTold];
  const kept = downstreamFields(head);
  const { status, fields: responseFields } = head;
  const fields =
    changes === undefined ? kept : changedFields(kept, changes, () => describing(exchange, decision, { status, responseFields }));
  return cookie === undefined ? fields : [...fields, 'Set-Cookie', cookie];
}
