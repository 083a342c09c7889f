/**
 * The table `orders`: what is read of orders most often, one row each, made from their events. It may be thrown away and rebuilt at any
 * time; nothing but this file writes to it.
 */
import {
  createProjection,
  type Database,
  type Projection,
  type ProjectionOptions,
  type Queryable,
  type Row,
  type Transaction,
  type Versioned,
} from '@hikyaku/service';
import { Compile } from 'typebox/compile';
import type { Order } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';
import { OrderBody } from './order-schema.ts';

export function orderProjection(
  database: Database,
  { store, log }: Pick<ProjectionOptions<Order, OrderEvent>, 'store' | 'log'>,
): Projection<Order> {
  return createProjection({ name: 'orders', database, store, tables: ['orders'], write, log });
}

/** What the HTTP API reads. */
export interface OrderReader {
  find(id: string): Promise<Order | undefined>;
  /** Of those that exist, how many events each has had. */
  versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The newest first, at most `limit`. */
  ofUser(userId: string, limit: number): Promise<Order[]>;
}

export function orderReader(database: Queryable): OrderReader {
  return {
    find: (id) => (isUuid(id) ? database.one(`${select} WHERE id = $1`, [id], readOrder) : Promise.resolve(undefined)),

    versions: async (ids) => {
      const sql = 'SELECT id, version FROM orders WHERE id = ANY ($1::uuid[])';
      return new Map(await database.query(sql, [ids], ({ id, version }) => [String(id), Number(version)]));
    },

    ofUser: (userId, limit) =>
      database.query(`${select} WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2`, [userId, limit], readOrder),
  };
}

/** PostgreSQL answers anything else with an error, and no order has such an id. */
export function isUuid(id: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
}

const OrderRow = Compile(OrderBody);

const select = `
  SELECT id, user_id, status, reason, items, total_yen, shipping_address, payment_action_url, tracking_number, shipped_at, created_at
    FROM orders`;

/** Writes an older version over a newer one: never. The columns that an order is placed with do not change afterwards. */
function write(tx: Transaction, schema: string, states: readonly Versioned<Order>[]): Promise<void> {
  const rows = states.map(({ state, version }) => ({
    id: state.id,
    version,
    user_id: state.userId,
    status: state.status,
    reason: state.reason ?? null,
    items: state.items,
    total_yen: state.totalYen,
    shipping_address: state.shippingAddress ?? null,
    payment_action_url: state.payment?.actionUrl ?? null,
    tracking_number: state.shipment?.trackingNumber ?? null,
    shipped_at: state.shipment?.shippedAt ?? null,
    created_at: state.createdAt,
  }));
  tx.send(
    `INSERT INTO ${schema}.orders AS o
     SELECT * FROM jsonb_populate_recordset(NULL::${schema}.orders, $1)
     ON CONFLICT (id) DO UPDATE SET
       version = excluded.version, status = excluded.status, reason = excluded.reason, payment_action_url = excluded.payment_action_url,
       tracking_number = excluded.tracking_number, shipped_at = excluded.shipped_at
     WHERE o.version < excluded.version`,
    [JSON.stringify(rows)],
  );
  return Promise.resolve();
}

function readOrder(row: Row): Order {
  const { reason, shipping_address: shippingAddress, payment_action_url: actionUrl, tracking_number: trackingNumber } = row;
  const order = {
    id: row.id,
    status: row.status,
    ...(reason === null ? {} : { reason }),
    items: row.items,
    totalYen: row.total_yen,
    ...(shippingAddress === null ? {} : { shippingAddress }),
    ...(actionUrl === null ? {} : { payment: { actionUrl } }),
    ...(trackingNumber === null ? {} : { shipment: { trackingNumber, shippedAt: timeOf(row.shipped_at) } }),
    createdAt: timeOf(row.created_at),
  };
  return { ...OrderRow.Parse(order), userId: String(row.user_id) };
}

const timeOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value));
