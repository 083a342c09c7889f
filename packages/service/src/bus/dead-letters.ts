/** Events that were given up, in the database of the service whose group gave them up. */
import type { Database, Row } from '../database/database.ts';
import { Value } from 'typebox/value';
import type { DeadLetter, DeadLetters } from './bus.ts';
import { CloudEvent } from './event.ts';

const list = 'SELECT id, event, reason, failed_at FROM hikyaku.dead_letters WHERE consumer = $1 ORDER BY id LIMIT $2';

/** Behind whatever is parked, as if it had just come; the note that it was handled has to go. */
const replay = `WITH gone AS (
    DELETE FROM hikyaku.dead_letters WHERE consumer = $1 AND ($2::text[] IS NULL OR id::text = ANY($2)) RETURNING *),
  forgotten AS (DELETE FROM hikyaku.inbox i USING gone g WHERE i.consumer = g.consumer AND i.source = g.source AND i.event_id = g.event_id)
  INSERT INTO hikyaku.inbox_parked (consumer, source, event_id, lane, event, attempts, next_attempt_at)
  SELECT consumer, source, event_id, lane, event, 0, now() FROM gone ORDER BY gone.id RETURNING 1`;

/** @param onReplayed called with the group that has work again. */
export function createDeadLetters(database: Database, onReplayed: (group: string) => void): DeadLetters {
  return {
    list: (group, limit = 100) => database.query(list, [group, limit], readLetter),
    replay: async (group, ids) => {
      const { length } = await database.query(replay, [group, ids ?? null]);
      onReplayed(group);
      return length;
    },
  };
}

function readLetter({ id, event, reason, failed_at }: Row): DeadLetter {
  return {
    id: String(id),
    event: Value.Parse(CloudEvent, event),
    reason: String(reason),
    failedAt: failed_at instanceof Date ? failed_at : new Date(String(failed_at)),
  };
}
