/**
 * What a saga is: steps in order, each with a compensation that takes it back. Definitions only, pure data and functions; run.ts says how they are
 * carried out, status.ts what can be seen of it, dbos.ts makes it survive a crash.
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
  /** Including the first. Default 5 for a step, 60 for a compensation. */
  readonly attempts?: number;
  /** Pause before the second attempt; doubles each time, with jitter. Default 100. */
  readonly initialMs?: number;
  /** Default 2000 for a step, 10000 for a compensation. */
  readonly maxMs?: number;
};

export type AttemptPolicy = {
  /** For one attempt. Default 10000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
};

export type Step<Input, Ports> = AttemptPolicy & {
  /** Unique within the saga. */
  readonly name: string;
  /** Its result must be JSON; `undefined` is fine. */
  readonly run: (context: StepContext<Input, Ports>) => Promise<unknown>;
  /**
   * Takes the step back. Also called when the outcome of `run` is unknown (it may not have happened, or may still
   * arrive), and repeated until it succeeds; after the last attempt, or a `SagaAbort`, the saga is stuck.
   */
  readonly compensate?: (context: CompensationContext<Input, Ports>) => Promise<void>;
  /** Of the compensation. Default: the step's timeout, and a retry policy of about ten minutes. */
  readonly compensation?: AttemptPolicy;
  /**
   * The point of no return: once this step is done nothing is taken back any more, so when a later step fails for good, the saga is stuck and waits
   * for an operator. At most one step.
   */
  readonly pivot?: true;
  /**
   * What follows when the last attempt has failed without a clear answer. `compensate` (the default of the steps before the pivot) takes back what
   * was done, `stuck` (the default of the pivot and what follows it) waits for an operator.
   */
  readonly onFailure?: 'compensate' | 'stuck';
  /** How long `SagaPending` is put up with, from the first on. Default 600000. */
  readonly pendingForMs?: number;
};

export type Saga<Input, Ports> = {
  /** Unique within the service. */
  readonly name: string;
  /** Raise it when steps are added, removed or reordered: running sagas go on only under the version they began with … */
  readonly version: string;
  /**
   * … or under this one, when it names theirs here. Such a saga goes through the steps from the first on, except those it has done under the same
   * name: they must bear being repeated.
   */
  readonly replaces?: readonly string[];
  readonly steps: readonly Step<Input, Ports>[];
  /** After the last compensation; repeated until it succeeds. */
  readonly onCompensated?: (context: {
    readonly sagaId: string;
    readonly input: Input;
    readonly ports: Ports;
    readonly reason: string;
  }) => Promise<void>;
};

/**
 * The answer is no, and asking again will not change it. Thrown by a step, it has the saga taken back with `reason`; by a step after the pivot or a
 * compensation, it makes the saga stuck.
 */
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

/**
 * Thrown by a step: there is no answer yet, because somebody has to do something first; ask again. It is no failed attempt. When the step's
 * `pendingForMs` is over, it counts as `SagaAbort(reason)`.
 */
export class SagaPending extends Error {
  readonly code = 'SAGA_PENDING';
  readonly reason: string;
  /** Unless `SagaRunner.wake` comes first. */
  readonly askAgainMs: number;

  /** @param reason of the abort when the time is over, `authentication_failed`. */
  constructor(reason: string, { askAgainMs = 1000 }: { readonly askAgainMs?: number } = {}) {
    super(`waiting; otherwise ${reason}`);
    this.name = 'SagaPending';
    this.reason = reason;
    this.askAgainMs = askAgainMs;
  }
}

/** Types a step on its own; the saga's `Input` and `Ports` are inferred when it is used inside `defineSaga`. */
export const step = <Input, Ports>(definition: Step<Input, Ports>): Step<Input, Ports> => definition;

/** @throws TypeError when there is no step, two have the same name, two are the pivot, or one behind it has a compensation. */
export function defineSaga<Input, Ports>(saga: Saga<Input, Ports>): Saga<Input, Ports> {
  const names = saga.steps.map(({ name }) => name);
  if (names.length === 0) throw new TypeError(`saga ${saga.name} has no steps`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`saga ${saga.name} has two steps named ${twice}`);
  const [pivot, another] = saga.steps.filter(({ pivot: isPivot }) => isPivot === true);
  if (another) throw new TypeError(`saga ${saga.name} has two pivots: ${pivot?.name ?? ''} and ${another.name}`);
  const vain = saga.steps.find(
    (each, index) => isPast(saga.steps, index) && (each.compensate ?? each.onFailure === 'compensate'),
  );
  if (vain) throw new TypeError(`saga ${saga.name}: ${vain.name} comes after the pivot and is never taken back`);
  return saga;
}

/** Whether the step at `index` comes after the pivot. */
export const isPast = (steps: readonly { readonly pivot?: true }[], index: number): boolean =>
  steps.slice(0, index).some(({ pivot }) => pivot === true);
