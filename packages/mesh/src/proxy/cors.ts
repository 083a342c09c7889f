/**
 * Cross-origin requests (Istio's CorsPolicy, the Fetch standard §3.3): preflights are answered here, and the answers to actual requests
 * say what the origin may do. What an upstream says about it itself gives way, as in Envoy.
 */
import { combinedField } from '../http/fields.ts';
import { compileText } from '../routing/match.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import type { CorsPolicy } from '../snapshot/route-policies.ts';
import { respond } from './answers.ts';
import type { Filter } from './filter.ts';

export function corsFilter(policy: CorsPolicy): Filter {
  const isAllowed = originTest(policy);
  const permission = grants(policy);
  return (request) => {
    const { exchange, decision } = request;
    const { method, fields } = exchange.head;
    const origin = combinedField(fields, 'origin');
    if (origin === undefined) return 'continue';
    const isPreflight = method === 'OPTIONS' && combinedField(fields, 'access-control-request-method') !== undefined;
    if (!isAllowed(origin)) {
      if (!isPreflight || policy.unmatchedPreflights === 'FORWARD') return 'continue';
      respond(exchange, 200, [], '');
      return 'answered';
    }
    if (isPreflight) {
      const granted = preflightGrants(policy, (name) => combinedField(fields, name));
      respond(exchange, 200, ['Access-Control-Allow-Origin', origin, ...granted.flat()], '');
      return 'answered';
    }
    const changes: HeaderChanges = { remove: [], set: [['Access-Control-Allow-Origin', origin], ...permission], add: [] };
    request.decision = { ...decision, responseHeaders: [...(decision.responseHeaders ?? []), changes] };
    return 'continue';
  };
}

function originTest({ allowOrigins }: CorsPolicy): (origin: string) => boolean {
  const tests = allowOrigins.map(compileText);
  return (origin) => tests.some((test) => test('*') || test(origin));
}

type Fields = [name: string, value: string][];

function preflightGrants(policy: CorsPolicy, asked: (name: string) => string | undefined): Fields {
  const { allowMethods, allowHeaders, allowRequested: { methods, headers } = {}, maxAge } = policy;
  return [
    ...grants(policy),
    ...named('Access-Control-Allow-Methods', methods ? asked('access-control-request-method') : allowMethods),
    ...named('Access-Control-Allow-Headers', headers ? asked('access-control-request-headers') : allowHeaders),
    ...named('Access-Control-Max-Age', maxAge),
  ];
}

/** To preflights the exposed headers are told as well, as by Envoy. */
function grants(policy: CorsPolicy): Fields {
  return [...credentials(policy), ...named('Access-Control-Expose-Headers', policy.exposeHeaders)];
}

function credentials({ allowCredentials }: CorsPolicy): Fields {
  return named('Access-Control-Allow-Credentials', allowCredentials ? 'true' : undefined);
}

function named(name: string, value: string | undefined): Fields {
  return value === undefined ? [] : [[name, value]];
}
