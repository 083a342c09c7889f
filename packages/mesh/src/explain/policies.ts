/** What a rule does besides choosing where a request goes, as lines for a terminal. */
import type {
  CorsPolicy,
  FaultPolicy,
  HeaderChanges,
  HeaderOperations,
  HeaderValue,
  RoutePolicies,
} from '../snapshot/route-policies.ts';
import type { StringMatch } from '../snapshot/string-match.ts';

const indent = '      ';

export function policyLines({ cors, fault, mirrors = [] }: RoutePolicies = {}): string[] {
  return [
    ...(cors ? [`${indent}CORS: ${corsWords(cors)}`] : []),
    ...(fault ? faultWords(fault).map((words) => `${indent}fault: ${words}`) : []),
    ...mirrors.map(({ cluster, percent }) => `${indent}mirror: ${percent} % are copied to ${cluster}`),
  ];
}

export function headerLines({ request, response }: HeaderOperations = {}): string[] {
  return [...changeLines('request', request), ...changeLines('response', response)];
}

function changeLines(side: string, changes: HeaderChanges | undefined): string[] {
  const { remove = [], set = [], add = [] } = changes ?? {};
  return [
    ...remove.map((name) => `${indent}${side} header ${name} is removed`),
    ...set.map(([name, value]) => `${indent}${side} header ${name} is set to ${valueWords(value)}`),
    ...add.map(([name, value]) => `${indent}${side} header ${name} gets ${valueWords(value)} added`),
  ];
}

function valueWords(value: HeaderValue): string {
  return JSON.stringify(typeof value === 'string' ? value : value.format);
}

function faultWords({ delay, abort }: FaultPolicy): string[] {
  const grpc = abort?.grpcStatus === undefined ? '' : ` (gRPC status ${abort.grpcStatus})`;
  return [
    ...(delay ? [`${delay.percent} % are delayed by ${delay.durationMs} ms`] : []),
    ...(abort ? [`${abort.percent} % are answered with ${abort.status}${grpc}`] : []),
  ];
}

function corsWords({ allowOrigins, allowMethods, unmatchedPreflights }: CorsPolicy): string {
  const origins =
    allowOrigins.length === 0
      ? 'no origin is'
      : `${allowOrigins.map(originWords).join(', ')} ${allowOrigins.length === 1 ? 'is' : 'are'}`;
  const methods = allowMethods === undefined ? '' : ` ${allowMethods}`;
  const others = unmatchedPreflights === 'IGNORE' ? 'are answered by the proxy' : 'go to the service';
  return `${origins} allowed${methods}; preflights of others ${others}`;
}

function originWords(match: StringMatch): string {
  if ('exact' in match) return match.exact;
  return 'prefix' in match ? `${match.prefix}…` : `/${match.regex}/`;
}
