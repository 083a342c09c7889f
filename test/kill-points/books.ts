/** What the services of a shop have written down, read and, where a test plays fate, changed, past the services. */
import pg from 'pg';
import type { ServiceName, ShopProcesses } from '../support/shop-processes.ts';
import { eventually } from '../support/system.ts';
import { settleMs } from './patience.ts';

export interface Books {
  /** The column `id` of what is selected, sorted. */
  ids(service: ServiceName, sql: string, ...params: string[]): Promise<string[]>;
  /** Resolves once the order is neither pending nor unknown. */
  untilDecided(orderId: string): Promise<void>;
  /** Resolves once the bank waits for the buyer's consent. */
  untilAsked(orderId: string): Promise<void>;
  /** The buyer says yes to the bank. */
  giveConsent(orderId: string): Promise<void>;
  /** The order's pieces go back because nobody has paid in time. Resolves once they have. */
  timeIsUp(orderId: string): Promise<void>;
  /** The order's pieces go back for good. */
  giveUp(orderId: string): Promise<void>;
  close(): Promise<void>;
}

const giveUp = `
  WITH given_up AS (UPDATE reservations SET state = 'released' WHERE order_id = $1 AND state = 'reserved' RETURNING order_id)
  UPDATE stock s SET available = available + quantity, reserved = reserved - quantity
    FROM reservation_items JOIN given_up USING (order_id) WHERE s.product_id = reservation_items.product_id
  RETURNING s.product_id AS id`;

export function createBooks(shop: ShopProcesses): Books {
  const pools = new Map<string, pg.Pool>();
  const poolOf = (connectionString: string): pg.Pool => {
    const pool = pools.get(connectionString) ?? new pg.Pool({ connectionString, max: 2 });
    pools.set(connectionString, pool);
    return pool;
  };
  async function ids(service: ServiceName, sql: string, ...params: string[]): Promise<string[]> {
    const { rows } = await poolOf(shop.database(service)).query<{ id: unknown }>(sql, params);
    return rows.map(({ id }) => String(id)).sort();
  }
  const until = async (what: string, service: ServiceName, sql: string, orderId: string): Promise<void> => {
    await eventually(what, async () => ((await ids(service, sql, orderId)).length > 0 ? true : undefined), settleMs);
  };
  return {
    ids,
    untilDecided: (orderId) =>
      until(`${orderId} to be decided`, 'order', `SELECT id FROM orders WHERE id = $1 AND status <> 'pending'`, orderId),
    untilAsked: (orderId) => {
      const sql = `SELECT key AS id FROM payments WHERE key = $1 AND state = 'requires_action'`;
      return until(`the bank to ask the buyer of ${orderId}`, 'card-network', sql, orderId);
    },
    giveConsent: async (orderId) => {
      await ids('card-network', `UPDATE payments SET state = 'authorized' WHERE key = $1 AND state = 'requires_action'`, orderId);
    },
    timeIsUp: async (orderId) => {
      await ids('product', `UPDATE reservations SET expires_at = now() WHERE order_id = $1`, orderId);
      const sql = `SELECT order_id AS id FROM reservations WHERE order_id = $1 AND state = 'expired'`;
      await until(`the reservation of ${orderId} to end`, 'product', sql, orderId);
    },
    giveUp: async (orderId) => {
      await ids('product', giveUp, orderId);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
