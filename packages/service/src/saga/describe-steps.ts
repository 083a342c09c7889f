/** The steps of one saga as they are seen from outside, from what is noted of them. Pure. */
import type { AttemptRow, JournalRow } from './journal-rows.ts';
import type { AttemptStatus, CompensationStatus, SagaSummary, StepState, StepStatus } from './status.ts';

export type StepDefinition = { readonly name: string; readonly hasCompensation: boolean };

type Seen = Pick<SagaSummary, 'state' | 'reason' | 'startedAt'> & { readonly stuckStep: string | undefined };

const longestHistory = 50;

/** @param attempts in the order of their numbers. */
export function describeSteps(
  steps: readonly StepDefinition[],
  saga: Seen,
  journal: readonly JournalRow[],
  attempts: readonly AttemptRow[],
): StepStatus[] {
  const of = <Row extends { step: string; part: string }>(rows: readonly Row[], step: string, part: string) =>
    rows.filter((row) => row.step === step && row.part === part);
  const known = steps.map(({ name, hasCompensation }) => ({
    name,
    hasCompensation,
    end: of(journal, name, 'run')[0],
    attempts: of(attempts, name, 'run'),
    undone: of(journal, name, 'compensate')[0],
    undoing: of(attempts, name, 'compensate'),
  }));
  // Compensations go backwards: the one under way is the last that is not over.
  const current = saga.reason === undefined ? undefined : known.findLast((step) => isToBeUndone(step));
  const next = saga.reason === undefined ? known.find(({ end }) => end === undefined) : undefined;
  let before = saga.startedAt;
  return known.map((step) => {
    const state = stateOf(step, saga, { isCurrent: step === current, isNext: step === next });
    const described = describe(step, state, before);
    before = step.end ? new Date(step.end.endedMs) : before;
    return described;
  });
}

type Known = StepDefinition & {
  readonly end: JournalRow | undefined;
  readonly attempts: readonly AttemptRow[];
  readonly undone: JournalRow | undefined;
  readonly undoing: readonly AttemptRow[];
};

function isToBeUndone({ hasCompensation, end, attempts, undone }: Known): boolean {
  if (!hasCompensation || undone) return false;
  return end ? end.outcome.ok || end.outcome.mayHaveHappened : attempts.length > 0;
}

function stateOf(step: Known, saga: Seen, { isCurrent, isNext }: { isCurrent: boolean; isNext: boolean }): StepState {
  if (step.undone) return 'compensated';
  if (saga.state === 'stuck' && saga.stuckStep === step.name) return 'stuck';
  if (isCurrent && saga.state === 'compensating') return 'compensating';
  if (step.end) return step.end.outcome.ok ? 'done' : 'failed';
  if (isNext && saga.state === 'running') return step.attempts.at(-1)?.isWaiting === true ? 'waiting' : 'running';
  return step.attempts.length > 0 ? 'failed' : 'pending';
}

function describe({ name, end, attempts, undone, undoing }: Known, state: StepState, before: Date): StepStatus {
  const failed = attempts.filter(({ isWaiting }) => !isWaiting);
  const isUnderWay = state === 'running' || state === 'waiting';
  const startedAt = dateOf((attempts[0] ?? end)?.startedMs) ?? (isUnderWay ? before : undefined);
  const completedAt = dateOf((undone ?? end)?.endedMs);
  const compensation = describeCompensation(undone, undoing, state);
  return {
    name,
    state,
    attempts: failed.length + (end?.outcome.ok === true || isUnderWay ? 1 : 0),
    ...(startedAt ? { startedAt } : {}),
    ...(completedAt ? { completedAt } : {}),
    history: historyOf(failed, end?.outcome.ok === true ? end : undefined),
    ...(compensation ? { compensation } : {}),
  };
}

function describeCompensation(
  undone: JournalRow | undefined,
  undoing: readonly AttemptRow[],
  state: StepState,
): CompensationStatus | undefined {
  const startedAt = dateOf((undoing[0] ?? undone)?.startedMs);
  if (!startedAt) return undefined;
  return {
    state: undone ? 'done' : state === 'stuck' ? 'stuck' : 'running',
    startedAt,
    ...(undone ? { completedAt: new Date(undone.endedMs) } : {}),
    attempts: undoing.length + (undone ? 1 : 0),
    history: historyOf(undoing, undone),
  };
}

function historyOf(failed: readonly AttemptRow[], success: JournalRow | undefined): AttemptStatus[] {
  const history: AttemptStatus[] = failed.map(({ code, message, ...times }) => ({ ...datesOf(times), error: { code, message } }));
  if (success) history.push(datesOf(success));
  return history.slice(-longestHistory);
}

const datesOf = ({ startedMs, endedMs }: Pick<JournalRow, 'startedMs' | 'endedMs'>) => ({
  startedAt: new Date(startedMs),
  endedAt: new Date(endedMs),
});

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));
