/**
 * What all balancers have in common. A balancer chooses one endpoint for a request; which endpoints are open to it (ready, not ejected,
 * near enough, not tried before) is decided by others.
 */

/** An endpoint as balancers see it. */
export interface Candidate {
  readonly address: string;
  readonly port: number;
  /** Requests or connections in flight. */
  readonly active: number;
  /** Its share relative to the others, above 0; grows while the endpoint warms up. */
  readonly weight: number;
  /** How long it takes to answer, in milliseconds; 0 when nothing is known. Kept only where a balancer asks for it. */
  readonly responseTimeMs: number;
}

/** The endpoints to choose among: never none. */
export interface Choice<T> {
  readonly endpoints: readonly T[];
  /** Whether all have the same weight. */
  readonly isEven: boolean;
}

/** What a balancer may ask of the request. Names of headers are in lower case. */
export interface BalancedRequest {
  /** Of the caller. */
  readonly remoteAddress: string;
  /** Whom it is for, in lower case and without a port; absent where nothing says so. */
  readonly host?: string | undefined;
  header(name: string): string | undefined;
  query(name: string): string | undefined;
  /** Adds a `Set-Cookie` field to the response. */
  setCookie(field: string): void;
  /** Whether a retry may go where first attempts do not go now: to another locality. */
  readonly mayLeaveLocality?: boolean;
  /** What it was hashed by; kept so that another attempt is hashed by the same. */
  affinity?: string | undefined;
}

export interface Balancer<T extends Candidate> {
  /** Without a request, those that look into it choose at random. */
  pick(choice: Choice<T>, request?: BalancedRequest): T | undefined;
}

export function choiceOf<T extends Candidate>(endpoints: readonly T[]): Choice<T> {
  const [first] = endpoints;
  return { endpoints, isEven: endpoints.every(({ weight }) => weight === first?.weight) };
}
