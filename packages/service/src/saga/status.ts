/** What can be seen of sagas, and what an operator can do with one that is stuck. The interfaces only; service-sagas.ts implements them. */
import type { Saga } from './saga.ts';

/** `waiting`: a step said `SagaPending`. `stuck`: the saga waits for an operator because of this step. */
export type StepState = 'pending' | 'running' | 'waiting' | 'done' | 'failed' | 'stuck' | 'compensating' | 'compensated';

/** An attempt that is over. Those that a killed process took with it are missing. */
export type AttemptStatus = {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Missing when it succeeded. */
  readonly error?: {
    /** A stable word: the error's code, `CLIENT_TIMEOUT`, the reason of a SagaAbort, `card_declined`, or else its class. */
    readonly code: string;
    /** For operators: it may name addresses. */
    readonly message: string;
  };
};

export type CompensationStatus = {
  readonly state: 'running' | 'done' | 'stuck';
  readonly startedAt: Date;
  readonly completedAt?: Date;
  /** So far. */
  readonly attempts: number;
  /** At most the last 50 attempts. */
  readonly history: readonly AttemptStatus[];
};

export type StepStatus = {
  readonly name: string;
  readonly state: StepState;
  readonly startedAt?: Date;
  readonly completedAt?: Date;
  /** Of `run`, so far. */
  readonly attempts: number;
  /** At most the last 50 attempts. */
  readonly history: readonly AttemptStatus[];
  readonly compensation?: CompensationStatus;
};

export type SagaState = 'running' | 'completed' | 'compensating' | 'compensated' | 'stuck';

export const sagaStates: readonly SagaState[] = ['running', 'completed', 'compensating', 'compensated', 'stuck'];

export type SagaSummary = {
  readonly id: string;
  readonly name: string;
  readonly state: SagaState;
  /** Why it was, or is being, taken back. */
  readonly reason?: string;
  /** Why it is stuck. */
  readonly error?: string;
  readonly startedAt: Date;
  readonly completedAt?: Date;
};

export type SagaStatus = SagaSummary & { readonly steps: readonly StepStatus[] };

/** One registered saga. */
export interface SagaRunner<Input> {
  /** Starts the saga, or does nothing when `id` was started before. Resolves once it is durable, not when it is done. */
  start(id: string, input: Input): Promise<void>;
  /** `undefined` when no such saga was started. */
  status(id: string): Promise<SagaStatus | undefined>;
  /** Of each id a text that becomes another one whenever `status` does, but for the times of a step that waits: looking at many is cheap. */
  marks(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** A step of it that is waiting (`SagaPending`) in this process asks again now. */
  wake(id: string): void;
  /** Has a stuck saga go on where it is stuck. Resolves once that is durable. @throws SagaError */
  retry(id: string): Promise<void>;
  /** Has a stuck saga taken back, with the reason `operator`. Resolves once that is durable. @throws SagaError */
  compensate(id: string): Promise<void>;
}

export type SagaQuery = {
  readonly state?: SagaState;
  /** Default 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
};

export type SagaPage = {
  /** The newest first. */
  readonly items: readonly SagaSummary[];
  /** Missing on the last page. */
  readonly next?: string;
};

export interface Sagas {
  /** Call before `service.start()`. */
  register<Input, Ports>(saga: Saga<Input, Ports>, ports: Ports): SagaRunner<Input>;
  /** Of all sagas of the service. @throws SagaError SAGA_BAD_CURSOR */
  list(query?: SagaQuery): Promise<SagaPage>;
}

export type SagaErrorCode =
  /** No saga was started under this id. */
  | 'SAGA_UNKNOWN'
  /** It is not stuck, so there is nothing for an operator to decide; or another operator was quicker. */
  | 'SAGA_NOT_STUCK'
  /** Its pivot is done: it can be retried, not taken back. */
  | 'SAGA_PAST_PIVOT'
  /** `after` is not the `next` of a page. */
  | 'SAGA_BAD_CURSOR';

export class SagaError extends Error {
  readonly code: SagaErrorCode;

  constructor(code: SagaErrorCode, message: string) {
    super(message);
    this.name = 'SagaError';
    this.code = code;
  }
}
