/**
 * Forgets sagas that came to their end long ago: their rows in the engine's list, what is noted of them, and their journal. Not those that are stuck, however
 * old: somebody has to decide about them.
 */
import type { Database } from '../database/database.ts';

/** In one statement; the rest follows. */
const atOnce = 500;

/** An operator's decision is a workflow of its own, numbered behind the saga's. */
const forget = `
  WITH ended AS (
    SELECT w.workflow_uuid, split_part(w.name, '@', 1) AS name, substr(w.workflow_uuid, strpos(w.workflow_uuid, ':') + 1) AS id,
           coalesce(s.resumed, 0) AS resumed
      FROM dbos.workflow_status w LEFT JOIN hikyaku.sagas s
        ON s.name = split_part(w.name, '@', 1) AND s.id = substr(w.workflow_uuid, strpos(w.workflow_uuid, ':') + 1)
     WHERE w.name = ANY($1) AND w.status = 'SUCCESS' AND w.created_at < $2::bigint
       AND coalesce(s.state, 'completed') IN ('completed', 'compensated')
       AND coalesce(extract(epoch FROM s.completed_at) * 1000, w.completed_at) < $2::bigint
     ORDER BY w.created_at LIMIT $3),
  journal AS (DELETE FROM hikyaku.saga_journal j USING ended e WHERE j.saga_name = e.name AND j.saga_id = e.id),
  attempts AS (DELETE FROM hikyaku.saga_attempts a USING ended e WHERE a.saga_name = e.name AND a.saga_id = e.id),
  noted AS (DELETE FROM hikyaku.sagas s USING ended e WHERE s.name = e.name AND s.id = e.id),
  listed AS (
    DELETE FROM dbos.workflow_status WHERE workflow_uuid IN (
      SELECT workflow_uuid FROM ended UNION ALL
      SELECT workflow_uuid || '#' || number FROM ended, generate_series(1, resumed) AS number))
  SELECT workflow_uuid FROM ended`;

/** @param workflows names of those that begin a saga; @param before what ended later than this is kept. */
export async function forgetEnded(database: Database, workflows: readonly string[], before: Date): Promise<void> {
  for (let count = atOnce; count === atOnce;)
    count = (await database.query(forget, [workflows, before.getTime(), atOnce])).length;
}
