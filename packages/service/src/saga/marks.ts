/**
 * Whether sagas have gone on, for those who look at many of them often: one statement, and nothing of what was remembered is read.
 */
import type { Database } from '../database/database.ts';
import type { Registered } from './read-status.ts';

/** A step that waits is asked again and again, and nothing has changed. */
const selectMarks = `
  SELECT given.id, concat_ws(' ',
    (SELECT string_agg(w.status, ' ') FROM dbos.workflow_status w WHERE w.workflow_uuid = ANY (string_to_array(given.workflows, ' '))),
    (SELECT s.state || ' ' || s.resumed FROM hikyaku.sagas s WHERE s.name = $1 AND s.id = given.id),
    (SELECT count(*) FROM hikyaku.saga_journal j WHERE j.saga_name = $1 AND j.saga_id = given.id),
    (SELECT count(*) FROM hikyaku.saga_attempts a WHERE a.saga_name = $1 AND a.saga_id = given.id)) AS mark
  FROM unnest($2::text[], $3::text[]) AS given (id, workflows)`;

/** Of each id a text that is another one once the saga's status is. */
export async function readMarks(
  database: Database,
  { name, workflowIds }: Pick<Registered, 'name' | 'workflowIds'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const workflows = ids.map((id) => workflowIds(id).join(' '));
  return new Map(await database.query(selectMarks, [name, [...ids], workflows], ({ id, mark }) => [String(id), String(mark)]));
}
