/**
 * Charges and payment methods in PostgreSQL.
 */
import type { Queryable, Row, Transaction } from '@hikyaku/service';
import type { ChargeBook } from '../application/charging.ts';
import type { PaymentMethods } from '../application/payment-methods.ts';
import type { Charge, ChargeState } from '../domain/charge.ts';

export function paymentMethods(database: Queryable): PaymentMethods {
  return {
    async add({ token, userId, brand, last4, networkReference }) {
      await database.query(
        'INSERT INTO payment_methods (token, user_id, brand, last4, network_reference) VALUES ($1, $2, $3, $4, $5)',
        [token, userId, brand, last4, networkReference],
      );
    },
  };
}

export function chargeBook(tx: Transaction): ChargeBook {
  return {
    async cardReference(userId, token) {
      const sql = 'SELECT network_reference FROM payment_methods WHERE token = $1 AND user_id = $2';
      return tx.one(sql, [token, userId], (row) => String(row.network_reference));
    },

    async enter({ orderId, userId, amountYen, paymentToken }, initial) {
      await tx.query(
        `INSERT INTO charges (order_id, user_id, payment_token, amount_yen, state) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (order_id) DO NOTHING`,
        [orderId, userId, paymentToken ?? null, amountYen, initial],
      );
      const sql = 'SELECT order_id, user_id, amount_yen, state FROM charges WHERE order_id = $1 FOR UPDATE';
      const charge = await tx.one(sql, [orderId], readCharge);
      if (charge === undefined) throw new Error(`The charge of order ${orderId} has vanished.`);
      return charge;
    },

    async setState(orderId, state) {
      await tx.query('UPDATE charges SET state = $2, updated_at = now() WHERE order_id = $1', [orderId, state]);
    },
  };
}

function readCharge(row: Row): Charge {
  return {
    orderId: String(row.order_id),
    userId: String(row.user_id),
    amountYen: Number(row.amount_yen),
    state: readState(row.state),
  };
}

const states: readonly ChargeState[] = ['pending', 'charged', 'declined', 'refunding', 'refunded', 'voided'];

function readState(value: unknown): ChargeState {
  const state = states.find((known) => known === value);
  if (state === undefined)
    throw new TypeError(`The database has a charge in state ${String(value)}, which this version does not know.`);
  return state;
}
