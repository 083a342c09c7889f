/** Webhooks in PostgreSQL. A process takes some of them for half a minute; another one takes others. */
import type { Database, Row } from '@hikyaku/service';
import type { Webhook, WebhookQueue } from '../application/delivering.ts';

const takeSql = `
  UPDATE webhooks SET attempts = attempts + 1, due_at = now() + interval '30 seconds'
   WHERE (id, copy) IN (SELECT id, copy FROM webhooks WHERE due_at <= now() ORDER BY due_at LIMIT 64 FOR UPDATE SKIP LOCKED)
  RETURNING *`;

/** `authenticationUrl` is where the buyer is asked; the payment's authentication id is added. */
export function webhookQueue(database: Database, authenticationUrl: string): WebhookQueue {
  return {
    take: () => database.query(takeSql, [], (row) => readWebhook(row, authenticationUrl)),

    async settle(acknowledged, unacknowledged) {
      if (acknowledged.length > 0)
        await database.query('DELETE FROM webhooks WHERE (id, copy) IN (SELECT * FROM unnest($1::text[], $2::integer[]))', [
          acknowledged.map(({ id }) => id),
          acknowledged.map(({ copy }) => copy),
        ]);
      if (unacknowledged.length > 0)
        await database.query(
          `UPDATE webhooks SET due_at = now() + make_interval(secs => again_in_ms / 1000.0)
             FROM unnest($1::text[], $2::integer[], $3::integer[]) AS put_off (id, copy, again_in_ms)
            WHERE webhooks.id = put_off.id AND webhooks.copy = put_off.copy`,
          [
            unacknowledged.map(({ webhook }) => webhook.id),
            unacknowledged.map(({ webhook }) => webhook.copy),
            unacknowledged.map(({ againInMs }) => againInMs),
          ],
        );
    },

    async dueInMs() {
      const row = await database.one('SELECT extract(epoch FROM min(due_at) - now()) * 1000 AS ms FROM webhooks');
      return row?.ms === null || row === undefined ? undefined : Math.max(0, Number(row.ms));
    },
  };
}

function readWebhook(row: Row, authenticationUrl: string): Webhook {
  const asked = row.state === 'requires_action' ? row.authentication_id : undefined;
  return {
    id: String(row.id),
    copy: Number(row.copy),
    type: String(row.type),
    createdAt: row.occurred_at instanceof Date ? row.occurred_at.toISOString() : String(row.occurred_at),
    attempts: Number(row.attempts) - 1,
    data: {
      key: String(row.key),
      id: String(row.payment_id),
      state: String(row.state),
      amountYen: Number(row.amount_yen),
      ...(typeof row.reason === 'string' ? { reason: row.reason } : {}),
      ...(typeof asked === 'string' ? { actionUrl: `${authenticationUrl}/${asked}` } : {}),
    },
  };
}
