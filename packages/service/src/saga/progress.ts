/**
 * How far a saga has come, kept for people and programs that ask; the engine does not read it. Every write may be
 * repeated after a crash, so each says what is, not what changed, except the count of attempts.
 */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Database, Row } from '../database/database.ts';
import type { SagaStatus, StepStatus } from './saga.ts';

export interface Progress {
  begun(): Promise<void>;
  /** Resolves to how often the step was attempted so far, this time included, in whichever process. */
  stepStarted(step: string): Promise<number>;
  stepDone(step: string): Promise<void>;
  stepFailed(step: string, error: string, isFinal: boolean): Promise<void>;
  compensating(reason: string): Promise<void>;
  stepCompensating(step: string): Promise<void>;
  /** @param step `undefined` for what follows the last compensation. */
  compensationFailed(step: string | undefined, error: string, isStuck: boolean): Promise<void>;
  stepCompensated(step: string): Promise<void>;
  compensated(): Promise<void>;
  completed(): Promise<void>;
}

const StepRow = Type.Object({
  step: Type.String(),
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('compensating'),
    Type.Literal('compensated'),
  ]),
  attempts: Type.Integer(),
  error: Type.Union([Type.String(), Type.Null()]),
});
const SagaRow = Type.Object({
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('completed'),
    Type.Literal('compensating'),
    Type.Literal('compensated'),
    Type.Literal('stuck'),
  ]),
  reason: Type.Union([Type.String(), Type.Null()]),
});

export function trackProgress(database: Database, name: string, id: string): Progress {
  const run = async (sql: string, ...params: (string | null)[]): Promise<void> => {
    await database.query(sql, [name, id, ...params]);
  };
  const setSaga = (assignments: string, ...params: string[]) =>
    run(`UPDATE hikyaku.sagas SET ${assignments} WHERE name = $1 AND id = $2`, ...params);
  const setStep = (step: string, assignments: string, ...params: string[]) =>
    run(`UPDATE hikyaku.saga_steps SET ${assignments} WHERE saga_name = $1 AND saga_id = $2 AND step = $3`, step, ...params);
  return {
    begun: () => run(`INSERT INTO hikyaku.sagas (name, id, state) VALUES ($1, $2, 'running') ON CONFLICT DO NOTHING`),
    stepStarted: async (step) => {
      const row = await database.one(
        `INSERT INTO hikyaku.saga_steps AS s (saga_name, saga_id, step, state, attempts, started_at) VALUES ($1, $2, $3, 'running', 1, now())
         ON CONFLICT (saga_name, saga_id, step) DO UPDATE SET state = 'running', attempts = s.attempts + 1 RETURNING attempts`,
        [name, id, step],
      );
      return Number(row?.attempts);
    },
    stepDone: (step) => setStep(step, `state = 'done', completed_at = now(), error = NULL`),
    stepFailed: (step, error, isFinal) =>
      isFinal ? setStep(step, `state = 'failed', completed_at = now(), error = $4`, error) : setStep(step, 'error = $4', error),
    compensating: (reason) => setSaga(`state = 'compensating', reason = $3`, reason),
    stepCompensating: (step) => setStep(step, `state = 'compensating'`),
    compensationFailed: async (step, error, isStuck) => {
      if (step !== undefined) await setStep(step, 'error = $4', error);
      if (isStuck) await setSaga(`state = 'stuck'`);
    },
    stepCompensated: async (step) => {
      await setStep(step, `state = 'compensated', completed_at = now()`);
      // It may have been stuck.
      await setSaga(`state = 'compensating'`);
    },
    compensated: () => setSaga(`state = 'compensated', completed_at = now()`),
    completed: () => setSaga(`state = 'completed', completed_at = now()`),
  };
}

/** @param steps the saga's steps in order: those that have not begun are part of the answer. */
export async function readStatus(
  database: Database,
  name: string,
  id: string,
  steps: readonly string[],
): Promise<SagaStatus | undefined> {
  const saga = await database.one(
    'SELECT state, reason, started_at, completed_at FROM hikyaku.sagas WHERE name = $1 AND id = $2',
    [name, id],
  );
  if (!saga) return undefined;
  const rows = await database.query(
    'SELECT * FROM hikyaku.saga_steps WHERE saga_name = $1 AND saga_id = $2',
    [name, id],
    parseStep,
  );
  const { state, reason } = Value.Parse(SagaRow, saga);
  const completedAt = dateOf(saga.completed_at);
  return {
    id,
    name,
    state,
    ...(reason === null ? {} : { reason }),
    startedAt: dateOf(saga.started_at) ?? new Date(0),
    ...(completedAt ? { completedAt } : {}),
    steps: steps.map((step) => rows.find((row) => row.name === step) ?? { name: step, state: 'pending', attempts: 0 }),
  };
}

function parseStep(row: Row): StepStatus {
  const { step, state, attempts, error } = Value.Parse(StepRow, row);
  const [startedAt, completedAt] = [dateOf(row.started_at), dateOf(row.completed_at)];
  return {
    name: step,
    state,
    attempts,
    ...(startedAt ? { startedAt } : {}),
    ...(completedAt ? { completedAt } : {}),
    ...(error === null ? {} : { error }),
  };
}

const dateOf = (value: unknown): Date | undefined => (value instanceof Date ? value : undefined);
