/**
 * Protects a service from what it leans on and the mesh cannot see: a card network, an object store, somebody else's API. Calls to
 * other services need none of this, their resilience is the mesh's.
 *
 *   call ─► bulkhead ─► retry ─► breaker ─► timeout ─► the dependency
 *           at most N    with      asked by   of one
 *           at a time    pauses    each try   attempt
 *
 *   closed ──too many failures──► open ──a while──► half-open ──one success──► closed
 *                                   ▲                   └──one failure──┐
 *                                   └───────────────────────────────────┘
 */

export type GuardOptions = {
  /** Of one attempt. Default 5000. */
  readonly timeoutMs?: number;
  /** The first one included. Default 3; 1 turns retries off. */
  readonly attempts?: number;
  /** Pauses between attempts grow from `firstMs` (default 50), with jitter, to `maxMs` (default 2000). */
  readonly backoff?: { readonly firstMs?: number; readonly maxMs?: number };
  readonly breaker?: {
    /** Opens after so many failures in a row, whatever the shares below say. Default: by the shares. */
    readonly consecutiveFailures?: number;
    /** Opens when this share (0 to 1) of the calls within `windowMs` failed. Default 0.5 … */
    readonly failureShare?: number;
    /** … of the last so many milliseconds. Default 10 000. */
    readonly windowMs?: number;
    /** … and there were at least so many per second. Default 1. */
    readonly minimumPerSecond?: number;
    /** How long it stays open before one call may try. Default 5000. */
    readonly openMs?: number;
  };
  /** Calls at the same time, and calls that may wait for their turn. Default 16 and 64. */
  readonly bulkhead?: { readonly concurrent?: number; readonly waiting?: number };
  /**
   * Whether an error says that the dependency is unwell; only such errors count for the breaker and are tried again. A declined
   * card, say, is an answer. Default: every error.
   */
  readonly isFailure?: (error: unknown) => boolean;
};

export type GuardState = 'closed' | 'half-open' | 'open';

export interface Guard {
  readonly name: string;
  readonly state: GuardState;
  /**
   * Runs `work`, perhaps several times: what it does must bear being repeated. The signal aborts when the attempt's time is up.
   * Rejects with the last attempt's error, or with a GuardError. `attempts: 1` for work that is tried again by somebody else.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, options?: { readonly attempts?: 1 }): Promise<T>;
}

export type GuardErrorCode =
  /** The breaker is open: nothing was attempted. */
  | 'GUARD_OPEN'
  /** Too many calls are under way: nothing was attempted. */
  | 'GUARD_BUSY'
  /** The last attempt took too long; whether it had an effect is unknown. */
  | 'GUARD_TIMEOUT';

export class GuardError extends Error {
  readonly code: GuardErrorCode;
  /** The dependency. */
  readonly guard: string;

  constructor(code: GuardErrorCode, guard: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GuardError';
    this.code = code;
    this.guard = guard;
  }
}
