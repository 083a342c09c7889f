/**
 * Puts events into the queues of the groups that want them and tells who waits there, in one statement. pg-boss would take a statement for each group
 * and two more to look up what this one looks up by itself; its table of jobs and its settings of a queue are what the consumers read.
 *
 * Who wants what is remembered from one batch to the next. The same statement therefore looks whether that is still so, and puts nothing into any
 * queue when it is not: an event that is published after somebody has subscribed never goes by an older list.
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../database/database.ts';
import type { Outgoing } from '../broker.ts';
import { channelOf } from './consumer.ts';
import { readRouter, selectDigest, type Router } from './subscriptions.ts';

/** The same event again, after a crash, finds its place taken. */
const insert = `
  WITH current AS MATERIALIZED (${selectDigest}),
  given AS (SELECT * FROM unnest($2::text[], $3::uuid[], $4::text[]) AS g (queue, id, data)),
  put AS (
    INSERT INTO pgboss.job (id, name, data, policy, expire_seconds, deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff)
    SELECT id, queue, data::jsonb, policy, expire_seconds, deletion_seconds, now() + retention_seconds * interval '1 second',
           retry_limit, retry_delay, coalesce(retry_backoff, false)
      FROM given JOIN pgboss.queue q ON q.name = queue JOIN current ON digest = $1
    ON CONFLICT DO NOTHING RETURNING name),
  told AS (SELECT pg_notify(${channelOf('name')}, '') FROM (SELECT DISTINCT name FROM put) queues)
  SELECT digest, (SELECT count(*) FROM told) AS told FROM current`;

/** @returns publishes events: resolves once every group that wants them has them, in this order. */
export function createPublishing(database: Queryable): (events: readonly Outgoing[]) => Promise<void> {
  let router: Router | undefined;
  return async (events) => {
    for (;;) {
      router ??= await readRouter(database);
      const { route, digest } = router;
      const routed = events.flatMap((outgoing) => route(outgoing.event.type).map((queue) => ({ queue, outgoing })));
      const current = await database.one(
        insert,
        [
          digest,
          routed.map(({ queue }) => queue),
          routed.map(({ outgoing }) => jobId(outgoing)),
          routed.map(({ outgoing }) => JSON.stringify(outgoing.event)),
        ],
        (row) => row.digest,
      );
      if (current === digest) return;
      router = undefined;
    }
  };
}

/**
 * A UUID whose order is that of the publisher's events, for the consumer to take them in. The same event has the same one, so that publishing it again after a crash is noticed by the queue already.
 */
function jobId({ sequence, event: { source, id } }: Outgoing): string {
  const order = sequence.toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${source}\n${id}`).digest('hex');
  return [order.slice(0, 8), order.slice(8, 12), `8${hash.slice(0, 3)}`, `8${hash.slice(3, 6)}`, hash.slice(6, 18)].join('-');
}
