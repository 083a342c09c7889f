/**
 * How far sagas have come, read from the engine's list of workflows, the journal, and what is noted of those that did not just go well. Nothing is
 * written for it.
 */
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Database, Row } from '../database/database.ts';
import { describeSteps, type StepDefinition } from './describe-steps.ts';
import { AttemptRow, JournalRow, selectAttempts, selectJournal } from './journal-rows.ts';
import { SagaError, type SagaPage, type SagaQuery, type SagaState, type SagaStatus, type SagaSummary } from './status.ts';

const optionalText = Type.Union([Type.String(), Type.Null()]);
const SagaRow = Type.Object({
  workflow_uuid: Type.String(),
  workflow_name: Type.String(),
  created_at: Type.Number(),
  ended_at: Type.Union([Type.Number(), Type.Null()]),
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('completed'),
    Type.Literal('compensating'),
    Type.Literal('compensated'),
    Type.Literal('stuck'),
  ]),
  reason: optionalText,
  error: optionalText,
  stuck_step: optionalText,
});
type SagaRow = Static<typeof SagaRow>;

/** A workflow that ended in any other way was given up by the engine itself. */
const stateOf = `coalesce(s.state, CASE WHEN w.status = 'SUCCESS' THEN 'completed'
  WHEN w.status IN ('PENDING', 'ENQUEUED', 'DELAYED') THEN 'running' ELSE 'stuck' END)`;
/** `w` is the workflow a saga was started as, `s` what is noted of it when it did not just go well. */
const columns = `w.workflow_uuid, w.name AS workflow_name, w.created_at, ${stateOf} AS state, s.reason, s.error, s.stuck_step,
  CASE WHEN s.state IS NULL THEN w.completed_at ELSE (extract(epoch FROM s.completed_at) * 1000)::bigint END AS ended_at`;

export type Registered = {
  readonly name: string;
  readonly steps: readonly StepDefinition[];
  /** Names of the workflows its sagas are started as. */
  readonly workflows: readonly string[];
  /** Ids of the workflows a saga may have been started under, in whichever version. */
  readonly workflowIds: (id: string) => readonly string[];
};

/** In one statement, so that what it says fits together although the saga goes on meanwhile. */
export async function readStatus(
  database: Database,
  { name, steps, workflowIds }: Registered,
  id: string,
): Promise<SagaStatus | undefined> {
  const row = await database.one(
    `SELECT ${columns}, (${selectJournal}) AS journal, (${selectAttempts}) AS attempts
       FROM dbos.workflow_status w LEFT JOIN hikyaku.sagas s ON s.name = $1 AND s.id = $2
      WHERE w.workflow_uuid = ANY($3) ORDER BY w.created_at LIMIT 1`,
    [name, id, workflowIds(id)],
  );
  if (!row) return undefined;
  const saga = parseSaga(row);
  const summary = summarise(name, id, saga);
  const seen = { ...summary, stuckStep: saga.stuck_step ?? undefined };
  const journal = Value.Parse(Type.Array(JournalRow), row.journal ?? []);
  const attempts = Value.Parse(Type.Array(AttemptRow), row.attempts ?? []);
  return { ...summary, steps: describeSteps(steps, seen, journal, attempts) };
}

const defaultLimit = 50;

/** @throws SagaError SAGA_BAD_CURSOR */
export async function listSagas(
  database: Database,
  registered: readonly Registered[],
  { state, limit = defaultLimit, after }: SagaQuery,
): Promise<SagaPage> {
  const from = after === undefined ? undefined : parseCursor(after);
  const rows = await database.query(
    `SELECT ${columns} FROM dbos.workflow_status w
      ${state === undefined || !isNoted(state) ? 'LEFT ' : ''}JOIN hikyaku.sagas s
        ON s.name = split_part(w.name, '@', 1) AND s.id = substr(w.workflow_uuid, strpos(w.workflow_uuid, ':') + 1)
     WHERE w.name = ANY($1) AND ($2::text IS NULL OR ${stateOf} = $2)
       AND ($3::bigint IS NULL OR (w.created_at, w.workflow_uuid) < ($3, $4))
     ORDER BY w.created_at DESC, w.workflow_uuid DESC LIMIT $5`,
    [
      registered.flatMap(({ workflows }) => workflows),
      state ?? null,
      from?.createdAt ?? null,
      from?.workflowId ?? null,
      limit + 1,
    ],
    parseSaga,
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map((row) => {
      const name = registered.find(({ workflows }) => workflows.includes(row.workflow_name))?.name ?? row.workflow_name;
      return summarise(name, row.workflow_uuid.slice(row.workflow_uuid.indexOf(':') + 1), row);
    }),
    ...(last ? { next: cursorOf(last) } : {}),
  };
}

/** Sagas in these states always have a row of their own. */
const isNoted = (state: SagaState): boolean => state === 'compensating' || state === 'compensated';

const cursorOf = ({ created_at: createdAt, workflow_uuid: workflowId }: SagaRow): string =>
  Buffer.from(`${createdAt} ${workflowId}`).toString('base64url');

function parseCursor(cursor: string): { createdAt: number; workflowId: string } {
  const [, createdAt, workflowId] = /^(\d{1,15}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || workflowId === undefined)
    throw new SagaError('SAGA_BAD_CURSOR', 'this is not where a page of sagas ended');
  return { createdAt: Number(createdAt), workflowId };
}

function summarise(name: string, id: string, row: SagaRow): SagaSummary {
  return {
    id,
    name,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.error === null ? {} : { error: row.error }),
    startedAt: new Date(row.created_at),
    ...(row.ended_at === null ? {} : { completedAt: new Date(row.ended_at) }),
  };
}

const parseSaga = (row: Row): SagaRow => Value.Parse(SagaRow, row);
