/**
 * Payments and payment methods in PostgreSQL. Each change is one statement that names the states it may start from: of two that
 * come at the same time one finds the payment gone further.
 */
import { combine, type Queryable, type Row } from '@hikyaku/service';
import type { PaymentMethods } from '../application/payment-methods.ts';
import type { PaymentBook } from '../application/payments.ts';
import { type Payment, paymentState } from '../domain/payment.ts';

type NewMethod = Parameters<PaymentMethods['add']>[0];

export function paymentMethods(database: Queryable): PaymentMethods {
  return {
    // Those that come at the same time, in one statement.
    add: combine(async (methods: readonly NewMethod[]) => {
      await database.query(
        `INSERT INTO payment_methods (token, user_id, brand, last4, network_reference)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])`,
        (['token', 'userId', 'brand', 'last4', 'networkReference'] as const).map((name) => methods.map((method) => method[name])),
      );
      return methods.map(() => undefined);
    }),
  };
}

const openSql = `
  WITH method AS (
    SELECT token, network_reference FROM payment_methods WHERE token = $1 AND user_id = $2
  ), opened AS (
    INSERT INTO payments (order_id, user_id, payment_token, amount_yen, state, provider)
    SELECT $3, $2, token, $4, 'authorizing', $5 FROM method ON CONFLICT (order_id) DO NOTHING RETURNING *
  )
  SELECT opened.*, network_reference FROM opened, method`;

const select = 'SELECT payments.*, network_reference FROM payments LEFT JOIN payment_methods ON token = payment_token';

const moveSql = `
  WITH moved AS (
    UPDATE payments
       SET state = $2, reason = coalesce($3, reason), provider_id = coalesce($4, provider_id), action_url = $5, updated_at = now()
     WHERE order_id = $1 AND state = ANY ($6) RETURNING *
  )
  SELECT moved.*, network_reference FROM moved LEFT JOIN payment_methods ON token = payment_token`;

export function paymentBook(database: Queryable): PaymentBook {
  const find = (orderId: string) => database.one(`${select} WHERE order_id = $1`, [orderId], readPayment);
  return {
    find,

    findAll: (orderIds) => database.query(`${select} WHERE order_id = ANY ($1)`, [orderIds], readPayment),

    async open({ orderId, userId, paymentToken, amountYen }, provider) {
      const opened = await database.one(openSql, [paymentToken, userId, orderId, amountYen, provider], readPayment);
      if (opened) return { payment: opened, isNew: true };
      const payment = await find(orderId);
      return payment && { payment, isNew: false };
    },

    async openVoided({ orderId, userId }) {
      await database.query(
        `INSERT INTO payments (order_id, user_id, amount_yen, state) VALUES ($1, $2, 0, 'voided') ON CONFLICT (order_id) DO NOTHING`,
        [orderId, userId],
      );
      const payment = await find(orderId);
      if (payment === undefined) throw new Error(`The payment of order ${orderId} has vanished.`);
      return payment;
    },

    move: (orderId, from, to, { id, reason, actionUrl } = {}) =>
      database.one(moveSql, [orderId, to, reason ?? null, id ?? null, actionUrl ?? null, from], readPayment),
  };
}

/** False when the webhook was noted before; one that is being noted at the same time is waited for. */
export async function noteWebhook(database: Queryable, provider: string, id: string): Promise<boolean> {
  const sql = 'INSERT INTO handled_webhooks (provider, id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id';
  return (await database.one(sql, [provider, id])) !== undefined;
}

/** Forgets webhooks that no provider sends again. */
export async function forgetWebhooks(database: Queryable): Promise<void> {
  await database.query(`DELETE FROM handled_webhooks WHERE handled_at < now() - interval '30 days'`);
}

function readPayment(row: Row): Payment {
  const state = paymentState(row.state);
  if (state === undefined)
    throw new TypeError(`The database has a payment in state ${String(row.state)}, which this version does not know.`);
  return {
    orderId: String(row.order_id),
    userId: String(row.user_id),
    amountYen: Number(row.amount_yen),
    state,
    ...optional('reason', row.reason),
    ...optional('actionUrl', row.action_url),
    ...optional('provider', row.provider),
    ...optional('providerId', row.provider_id),
    ...optional('card', row.network_reference),
  };
}

function optional<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  return typeof value === 'string' ? ({ [name]: value } as Record<Name, string>) : {};
}
