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
  WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS a (order_id, user_id, token, amount_yen)),
  opened AS (
    INSERT INTO payments (order_id, user_id, payment_token, amount_yen, state, provider)
    SELECT order_id, user_id, token, a.amount_yen, 'authorizing', $5 FROM asked a JOIN payment_methods USING (token, user_id)
     ORDER BY order_id ON CONFLICT (order_id) DO NOTHING RETURNING *
  )
  SELECT opened.*, network_reference FROM opened JOIN payment_methods ON token = payment_token`;

const findSql = `
  SELECT payments.*, network_reference FROM payments LEFT JOIN payment_methods ON token = payment_token WHERE order_id = ANY ($1)`;

/** Locks in the order of the ids, so that no two processes wait for each other. */
const moveSql = `
  WITH asked AS (
    SELECT DISTINCT ON (order_id) *
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
           AS a (order_id, "from", "to", reason, provider_id, action_url, number)
     ORDER BY order_id, number
  ), locked AS (
    SELECT order_id FROM payments JOIN asked USING (order_id) ORDER BY order_id FOR UPDATE OF payments
  ), moved AS (
    UPDATE payments p
       SET state = a."to", reason = coalesce(nullif(a.reason, ''), p.reason),
           provider_id = coalesce(nullif(a.provider_id, ''), p.provider_id), action_url = nullif(a.action_url, ''), updated_at = now()
      FROM asked a
     WHERE p.order_id = a.order_id AND p.order_id IN (SELECT order_id FROM locked)
       AND p.state = ANY (string_to_array(a."from", ' ')) RETURNING p.*, number
  )
  SELECT moved.*, network_reference FROM moved LEFT JOIN payment_methods ON token = payment_token`;

export function paymentBook(database: Queryable): PaymentBook {
  async function find(orderIds: readonly string[]): Promise<(Payment | undefined)[]> {
    const found = byOrder(await database.query(findSql, [orderIds], readPayment));
    return orderIds.map((orderId) => found.get(orderId.toLowerCase()));
  }
  return {
    find,

    async open(requests, provider) {
      const columns = (['orderId', 'userId', 'paymentToken'] as const).map((name) => requests.map((request) => request[name]));
      const amounts = requests.map(({ amountYen }) => amountYen);
      const opened = byOrder(await database.query(openSql, [...columns, amounts, provider], readPayment));
      const others = requests.map(({ orderId }) => orderId).filter((orderId) => !opened.has(orderId.toLowerCase()));
      const found = others.length === 0 ? [] : await find(others);
      return requests.map(({ orderId }) => {
        const payment = opened.get(orderId.toLowerCase()) ?? found[others.indexOf(orderId)];
        return payment && { payment, isNew: opened.has(orderId.toLowerCase()) };
      });
    },

    async openVoided({ orderId, userId }) {
      await database.query(
        `INSERT INTO payments (order_id, user_id, amount_yen, state) VALUES ($1, $2, 0, 'voided') ON CONFLICT (order_id) DO NOTHING`,
        [orderId, userId],
      );
      const [payment] = await find([orderId]);
      if (payment === undefined) throw new Error(`The payment of order ${orderId} has vanished.`);
      return payment;
    },

    async move(moves) {
      const columns = [
        moves.map(({ orderId }) => orderId),
        moves.map(({ from }) => from.join(' ')),
        moves.map(({ to }) => to),
        ...(['reason', 'id', 'actionUrl'] as const).map((name) => moves.map(({ known }) => known?.[name] ?? '')),
      ];
      const moved = new Map(await database.query(moveSql, columns, (row) => [Number(row.number), readPayment(row)] as const));
      return moves.map((_move, index) => moved.get(index + 1));
    },
  };
}

const byOrder = (payments: readonly Payment[]) => new Map(payments.map((payment) => [payment.orderId, payment]));

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
