/**
 * What a saga is: steps in order, each with a compensation that takes it back. Definitions only, pure data and
 * functions; run.ts says how they are carried out and engine.ts makes that survive a crash.
 */

/**
 * What a step gets. Steps may run more than once (a crash between the effect and its record), so whatever they call
 * must accept `idempotencyKey` or be idempotent by itself.
 */
export type StepContext<Input, Ports> = {
  readonly input: Input;
  readonly ports: Ports;
  /** What earlier steps returned, by step name. It went through JSON. */
  readonly results: Readonly<Record<string, unknown>>;
  /** The same for every attempt of this step of this saga; another one for its compensation. */
  readonly idempotencyKey: string;
  /** Aborted at the step's timeout. */
  readonly signal: AbortSignal;
  readonly sagaId: string;
};

export type CompensationContext<Input, Ports> = StepContext<Input, Ports> & {
  /** Why the saga is being taken back. */
  readonly reason: string;
};

export type RetryPolicy = {
  /** Including the first. Default 5. */
  readonly attempts?: number;
  /** Pause before the second attempt; doubles each time, with jitter. Default 100. */
  readonly initialMs?: number;
  /** Default 2000. */
  readonly maxMs?: number;
};

export type Step<Input, Ports> = {
  /** Unique within the saga. */
  readonly name: string;
  /** Its result must be JSON; `undefined` is fine. */
  readonly run: (context: StepContext<Input, Ports>) => Promise<unknown>;
  /**
   * Takes the step back. Also called when the outcome of `run` is unknown (it may not have happened, or may still
   * arrive), and repeated until it succeeds.
   */
  readonly compensate?: (context: CompensationContext<Input, Ports>) => Promise<void>;
  /** For one attempt. Default 10000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
};

export type Saga<Input, Ports> = {
  /** Unique within the service. */
  readonly name: string;
  /** Raise it when steps are added, removed or reordered: running sagas go on only under the version they began with. */
  readonly version: string;
  readonly steps: readonly Step<Input, Ports>[];
  /** After the last compensation; repeated until it succeeds. */
  readonly onCompensated?: (context: {
    readonly sagaId: string;
    readonly input: Input;
    readonly ports: Ports;
    readonly reason: string;
  }) => Promise<void>;
};

/** Thrown by a step: the answer is no, and asking again will not change it. The saga is taken back with `reason`. */
export class SagaAbort extends Error {
  readonly code = 'SAGA_ABORT';
  readonly reason: string;

  /** @param reason a stable word for programs, `card_declined`. */
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'SagaAbort';
    this.reason = reason;
  }
}

export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'compensating' | 'compensated';

export type StepStatus = {
  readonly name: string;
  readonly state: StepState;
  /** Attempts of `run` so far. */
  readonly attempts: number;
  readonly startedAt?: Date;
  readonly completedAt?: Date;
  /** The last error of `run` or of the compensation. */
  readonly error?: string;
};

export type SagaState = 'running' | 'completed' | 'compensating' | 'compensated' | 'stuck';

export type SagaStatus = {
  readonly id: string;
  readonly name: string;
  readonly state: SagaState;
  /** Why it was, or is being, taken back. */
  readonly reason?: string;
  readonly startedAt: Date;
  readonly completedAt?: Date;
  readonly steps: readonly StepStatus[];
};

/** One registered saga. */
export interface SagaRunner<Input> {
  /** Starts the saga, or does nothing when `id` was started before. Resolves once it is durable, not when it is done. */
  start(id: string, input: Input): Promise<void>;
  /** `undefined` when no such saga was started. */
  status(id: string): Promise<SagaStatus | undefined>;
}

export interface Sagas {
  /** Call before `service.start()`. */
  register<Input, Ports>(saga: Saga<Input, Ports>, ports: Ports): SagaRunner<Input>;
}

/** Types a step on its own; the saga's `Input` and `Ports` are inferred when it is used inside `defineSaga`. */
export const step = <Input, Ports>(definition: Step<Input, Ports>): Step<Input, Ports> => definition;

/** @throws TypeError when there is no step or two have the same name. */
export function defineSaga<Input, Ports>(saga: Saga<Input, Ports>): Saga<Input, Ports> {
  const names = saga.steps.map(({ name }) => name);
  if (names.length === 0) throw new TypeError(`saga ${saga.name} has no steps`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`saga ${saga.name} has two steps named ${twice}`);
  return saga;
}
