/**
 * The engine notes the start and the end of each workflow in a transaction of its own. Here those that come at the same time share one: sagas that were
 * started together stay together for most of their way, so under load that is one commit for several of them. What goes wrong in company is left to the
 * engine, one by one, with its own retries.
 */
import type { SystemDatabase } from '@dbos-inc/dbos-sdk/internal/system_database';
import type pg from 'pg';
import { combine } from '../database/combine.ts';

/** What of the engine is replaced, here and nowhere else. */
export type Notes = Pick<SystemDatabase, 'initWorkflowStatus' | 'recordWorkflowOutput'>;

type Start = Parameters<Notes['initWorkflowStatus']>;
type Started = Awaited<ReturnType<Notes['initWorkflowStatus']>>;
type End = Parameters<Notes['recordWorkflowOutput']>;

/** @param pool the engine's own */
export function shareTransactions(notes: Notes, pool: pg.Pool): void {
  const startAlone = notes.initWorkflowStatus.bind(notes);
  const endAlone = notes.recordWorkflowOutput.bind(notes);
  const startTogether = combine(async (starts: readonly Start[]): Promise<readonly Started[]> =>
    starts.length === 1
      ? Promise.all(starts.map((start) => startAlone(...start)))
      : withClient(pool, (client) => startAll(client, startAlone, starts)),
  );
  const endTogether = combine(async (ends: readonly End[]): Promise<readonly boolean[]> =>
    ends.length === 1 ? Promise.all(ends.map((end) => endAlone(...end))) : withClient(pool, (client) => endAll(client, ends)),
  );
  // With a client of its own it takes part in somebody's transaction.
  notes.initWorkflowStatus = (...start) => (start[2] === undefined ? startTogether(start) : startAlone(...start));
  // Who does not name the owner means that of the workflow it is called in.
  notes.recordWorkflowOutput = (...end) => (end[2] === undefined ? endAlone(...end) : endTogether(end));
}

async function startAll(
  client: pg.PoolClient,
  start: Notes['initWorkflowStatus'],
  starts: readonly Start[],
): Promise<readonly Started[]> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  // All have come to their end before the transaction does: what one of them sent later would be on its own.
  const settled = await Promise.allSettled(
    starts.map(([status, creator, , reusePolicy]) => start(status, creator, client, reusePolicy)),
  );
  const started = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const isWhole = started.length === starts.length;
  await client.query(isWhole ? 'COMMIT' : 'ROLLBACK');
  if (!isWhole) throw new Error('one of several workflows could not be started');
  return started;
}

/** As `recordWorkflowOutput` does it: only of those that still run, and for their owner. Of any other the outcome is not ours to write. */
const recordOutputs = `
  WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS g (id, owner, output)),
  ended AS (
    UPDATE dbos.workflow_status w
       SET status = 'SUCCESS', deduplication_id = NULL, owner_xid = NULL, updated_at = (extract(epoch FROM now()) * 1000)::bigint,
           completed_at = (extract(epoch FROM now()) * 1000)::bigint
      FROM given WHERE w.workflow_uuid = given.id AND w.status = 'PENDING' AND w.owner_xid = given.owner RETURNING w.workflow_uuid AS id)
  INSERT INTO dbos.workflow_output (workflow_uuid, output) SELECT id, output FROM given JOIN ended USING (id)
  ON CONFLICT (workflow_uuid) DO UPDATE SET output = excluded.output, error = NULL RETURNING workflow_uuid`;

async function endAll(client: pg.PoolClient, ends: readonly End[]): Promise<readonly boolean[]> {
  const ids = ends.map(([id]) => id);
  const outputs = ends.map(([, { output }]) => output);
  const { rows } = await client.query<{ workflow_uuid: string }>(recordOutputs, [ids, ends.map(([, , owner]) => owner), outputs]);
  const ended = new Set(rows.map((row) => row.workflow_uuid));
  return ids.map((id) => ended.has(id));
}

/** A connection on which something went wrong is not used again. */
async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const value = await work(client);
    client.release();
    return value;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
