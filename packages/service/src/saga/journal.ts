/**
 * What one saga remembers, in PostgreSQL. A saga that goes well costs one row per step, written together with those of other sagas; everything
 * else is written only when something fails, waits or is taken back.
 *
 * Two processes may run the same saga for a moment (one of them cut off from the database and taken for dead). Who remembers a step first decides
 * its outcome, and the other one gets that outcome, so both go the same way.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Database, Row } from '../database/database.ts';

/** `mayHaveHappened`: there was an attempt whose outcome nobody knows. */
export const Outcome = Type.Union([
  Type.Object({ ok: Type.Literal(true), result: Type.Unknown() }),
  Type.Object({ ok: Type.Literal(false), reason: Type.String(), mayHaveHappened: Type.Boolean() }),
]);
export type Outcome = Static<typeof Outcome>;

/** A step, or its compensation. */
export type Task = { readonly step: string; readonly part: 'run' | 'compensate' };

export type Times = { readonly startedAt: Date; readonly endedAt: Date };

export type FailedAttempt = Times & {
  /** From 1. */
  readonly number: number;
  readonly isWaiting: boolean;
  readonly code: string;
  readonly message: string;
};

/** What earlier runs left. */
export type Memory = {
  /** Why it is being taken back; `undefined` when it is not. */
  readonly reason?: string;
  /** Whether there is nothing left to do, for now (`stuck`) or for good. */
  readonly state?: string;
  /** How often operators had it go on. */
  readonly resumed: number;
  /** By `keyOf`. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly attempts: ReadonlyMap<string, Attempts>;
};

/** Of one task, those that did not succeed. `waiting`: the one that stands for all the times it asked to be asked again. */
export type Attempts = { readonly count: number; readonly waiting?: { readonly number: number; readonly since: Date } };

export interface Journal {
  load(): Promise<Memory>;
  /** Resolves to the outcome that counts: of several the first. */
  remember(task: Task, outcome: Outcome, times: Times): Promise<Outcome>;
  failed(task: Task, attempt: FailedAttempt): Promise<void>;
  /** From here on the saga is taken back. Resolves to the reason that counts: the first. */
  takingBack(reason: string): Promise<string>;
  stuck(task: Task, error: string): Promise<void>;
  /** The `number`th time an operator has it go on. */
  resumed(number: number): Promise<void>;
  /** It has been taken back. */
  compensated(): Promise<void>;
  /** It has come to its end after having been stuck; others need not say so. */
  completed(): Promise<void>;
}

export type Remembered = {
  readonly saga: string;
  readonly id: string;
  readonly task: Task;
  readonly outcome: Outcome;
  readonly times: Times;
};

/** Resolves, once it is durable, to the outcome that counts: of several the first. */
export type Remember = (what: Remembered) => Promise<Outcome>;

/** What is left of a saga that has never run. */
export const nothing: Memory = { resumed: 0, outcomes: new Map(), attempts: new Map() };

export const keyOf = ({ step, part }: Task): string => `${part} ${step}`;

const Loaded = Type.Object({
  state: Type.Union([Type.String(), Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
  resumed: Type.Integer(),
  outcomes: Type.Union([Type.Record(Type.String(), Outcome), Type.Null()]),
  attempts: Type.Union([
    Type.Array(
      Type.Object({
        key: Type.String(),
        count: Type.Integer(),
        waiting: Type.Union([Type.Integer(), Type.Null()]),
        sinceMs: Type.Union([Type.Number(), Type.Null()]),
      }),
    ),
    Type.Null(),
  ]),
});

const selectMemory = `
  SELECT s.state, s.reason, coalesce(s.resumed, 0) AS resumed,
         (SELECT json_object_agg(part || ' ' || step, outcome) FROM hikyaku.saga_journal WHERE saga_name = $1 AND saga_id = $2) AS outcomes,
         (SELECT json_agg(a) FROM (
            SELECT part || ' ' || step AS key, max(number) AS count, min(number) FILTER (WHERE is_waiting) AS waiting,
                   extract(epoch FROM min(started_at) FILTER (WHERE is_waiting)) * 1000 AS "sinceMs"
              FROM hikyaku.saga_attempts WHERE saga_name = $1 AND saga_id = $2 GROUP BY part, step) a) AS attempts
    FROM (SELECT 1) always LEFT JOIN hikyaku.sagas s ON s.name = $1 AND s.id = $2`;

export type JournalOptions = {
  readonly database: Database;
  readonly remember: Remember;
  /** The saga's. */
  readonly name: string;
  readonly id: string;
  /** Under which the engine knows when it was started. */
  readonly workflowId: string;
};

export function createJournal({ database, remember, name, id, workflowId }: JournalOptions): Journal {
  const run = async (sql: string, ...params: (string | number | boolean | Date)[]): Promise<void> => {
    await database.query(sql, [name, id, ...params]);
  };
  // The row is there from the first trouble on, with the time the saga was started.
  const upsert = (columns: string, values: string, onConflict: string) =>
    `INSERT INTO hikyaku.sagas AS s (name, id, started_at, ${columns})
     VALUES ($1, $2, coalesce((SELECT to_timestamp(created_at / 1000.0) FROM dbos.workflow_status WHERE workflow_uuid = $3), now()), ${values})
     ON CONFLICT (name, id) DO UPDATE SET ${onConflict}`;
  return {
    load: async () => toMemory(await database.one(selectMemory, [name, id])),
    remember: (task, outcome, times) => remember({ saga: name, id, task, outcome, times }),
    failed: ({ step, part }, { number, isWaiting, code, message, startedAt, endedAt }) =>
      run(
        `INSERT INTO hikyaku.saga_attempts (saga_name, saga_id, step, part, number, is_waiting, code, message, started_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (saga_name, saga_id, step, part, number) DO UPDATE SET ended_at = excluded.ended_at`,
        step,
        part,
        number,
        isWaiting,
        code,
        message,
        startedAt,
        endedAt,
      ),
    takingBack: async (reason) => {
      const sql = upsert(
        'state, reason',
        `'compensating', $4`,
        `state = 'compensating', reason = coalesce(s.reason, excluded.reason)`,
      );
      const row = await database.one(`${sql} RETURNING reason`, [name, id, workflowId, reason]);
      return String(row?.reason);
    },
    stuck: ({ step, part }, error) =>
      run(
        upsert(
          'state, stuck_step, stuck_part, error',
          `'stuck', $4, $5, $6`,
          `state = 'stuck', stuck_step = excluded.stuck_step, stuck_part = excluded.stuck_part, error = excluded.error`,
        ),
        workflowId,
        step,
        part,
        error,
      ),
    resumed: (number) =>
      run(
        `UPDATE hikyaku.sagas SET resumed = $3, state = CASE WHEN reason IS NULL THEN 'running' ELSE 'compensating' END,
           stuck_step = NULL, stuck_part = NULL, error = NULL
          WHERE name = $1 AND id = $2 AND resumed < $3`,
        number,
      ),
    compensated: () => run(`UPDATE hikyaku.sagas SET state = 'compensated', completed_at = now() WHERE name = $1 AND id = $2`),
    completed: () => run(`UPDATE hikyaku.sagas SET state = 'completed', completed_at = now() WHERE name = $1 AND id = $2`),
  };
}

function toMemory(row: Row | undefined): Memory {
  const { state, reason, resumed, outcomes, attempts } = Value.Parse(Loaded, row);
  return {
    ...(state === null ? {} : { state }),
    ...(reason === null ? {} : { reason }),
    resumed,
    outcomes: new Map(Object.entries(outcomes ?? {})),
    attempts: new Map(
      (attempts ?? []).map(({ key, count, waiting, sinceMs }) => [
        key,
        { count, ...(waiting === null || sinceMs === null ? {} : { waiting: { number: waiting, since: new Date(sinceMs) } }) },
      ]),
    ),
  };
}
