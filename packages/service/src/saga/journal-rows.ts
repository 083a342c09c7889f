/** Rows of the journal's tables, as a status is made from them. Times are milliseconds since 1970. */
import { Type, type Static } from 'typebox';
import { Outcome } from './journal.ts';

const Part = Type.Union([Type.Literal('run'), Type.Literal('compensate')]);
const Times = { startedMs: Type.Number(), endedMs: Type.Number() };

export const JournalRow = Type.Object({ step: Type.String(), part: Part, outcome: Outcome, ...Times });
export type JournalRow = Static<typeof JournalRow>;

export const AttemptRow = Type.Object({
  step: Type.String(),
  part: Part,
  isWaiting: Type.Boolean(),
  code: Type.String(),
  message: Type.String(),
  ...Times,
});
export type AttemptRow = Static<typeof AttemptRow>;

const ms = (column: string): string => `extract(epoch FROM ${column}) * 1000`;

/** Of the saga `$1` `$2`, as JSON arrays. */
export const selectJournal = `SELECT json_agg(json_build_object('step', step, 'part', part, 'outcome', outcome,
    'startedMs', ${ms('started_at')}, 'endedMs', ${ms('completed_at')}))
  FROM hikyaku.saga_journal WHERE saga_name = $1 AND saga_id = $2`;
export const selectAttempts = `SELECT json_agg(json_build_object('step', step, 'part', part, 'isWaiting', is_waiting,
    'code', code, 'message', message, 'startedMs', ${ms('started_at')}, 'endedMs', ${ms('ended_at')}) ORDER BY number)
  FROM hikyaku.saga_attempts WHERE saga_name = $1 AND saga_id = $2`;
