/**
 * Envoy's response flags: what went wrong besides the status, in two or three letters that operators know by heart. A set of them is a
 * number with a bit for each, so that a request without any costs nothing.
 */
/** In the order in which Envoy writes them. */
const names = ['UH', 'UF', 'UO', 'NR', 'URX', 'NC', 'DC', 'UT', 'UC', 'DI', 'FI', 'RL', 'UAEX', 'DPE'] as const;

export type ResponseFlag = (typeof names)[number];

const bits = Object.fromEntries(names.map((name, index) => [name, 1 << index])) as Record<ResponseFlag, number>;

/** The set that holds just this flag. */
export function flag(name: ResponseFlag): number {
  return bits[name];
}

/** `-` when there is none, as in Envoy's logs and metrics. */
export function formatFlags(flags: number): string {
  if (flags === 0) return '-';
  return names.filter((name) => (flags & bits[name]) !== 0).join(',');
}

/** What the proxy's own answers (`AnswerReason`) mean in flags; a reason that is not here has none in Envoy either. */
const flagOfReason: ReadonlyMap<string, ResponseFlag> = new Map([
  ['bad_request', 'DPE'],
  ['misdirected', 'NR'],
  ['no_route', 'NR'],
  ['no_cluster', 'NC'],
  ['no_endpoint', 'UH'],
  ['upstream_failed', 'UC'],
  ['upstream_overflow', 'UO'],
  ['upstream_timeout', 'UT'],
  ['fault_injected', 'FI'],
  ['rate_limited', 'RL'],
  ['unauthenticated', 'UAEX'],
  ['denied', 'UAEX'],
]);

export function flagsOfReason(reason: string | undefined, status: number): number {
  if (reason === undefined) return 0;
  // One reason here, two flags in Envoy: 503 says that nothing of the request can have arrived.
  if (reason === 'upstream_failed' && status === 503) return bits.UF;
  const name = flagOfReason.get(reason);
  return name === undefined ? 0 : bits[name];
}
