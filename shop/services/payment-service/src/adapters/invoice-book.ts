/**
 * Invoices in PostgreSQL.
 */
import { type Queryable, type Row, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import { type Invoice, type InvoiceBook, invoiceNumber } from '../application/invoicing.ts';

export const InvoiceItemBody = Type.Object({
  productId: Type.String(),
  name: Type.Object({ ja: Type.String(), en: Type.String() }),
  unitPriceYen: Type.Integer(),
  quantity: Type.Integer(),
});

const Items = Type.Array(InvoiceItemBody);

const addSql = `
  INSERT INTO invoices (order_id, user_id, items, total_yen)
  SELECT order_id, user_id, items::jsonb, total_yen
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS new (order_id, user_id, items, total_yen) ORDER BY order_id
  ON CONFLICT (order_id) DO NOTHING RETURNING order_id, number`;

export function invoiceBook(database: Queryable): InvoiceBook {
  return {
    async add(invoices) {
      const columns = [
        invoices.map(({ orderId }) => orderId),
        invoices.map(({ userId }) => userId),
        invoices.map(({ items }) => JSON.stringify(items)),
        invoices.map(({ totalYen }) => totalYen),
      ];
      const numbers = new Map(
        await database.query(addSql, columns, (row) => [String(row.order_id), invoiceNumber(Number(row.number))] as const),
      );
      return invoices.map(({ orderId }) => numbers.get(orderId.toLowerCase()));
    },

    find: (orderId) =>
      database.one(
        'SELECT number, order_id, user_id, items, total_yen, issued_at FROM invoices WHERE order_id = $1',
        [orderId],
        readInvoice,
      ),
  };
}

function readInvoice(row: Row): Invoice {
  const issuedAt = row.issued_at;
  return {
    number: invoiceNumber(Number(row.number)),
    orderId: String(row.order_id),
    userId: String(row.user_id),
    items: Parse(Items, row.items),
    totalYen: Number(row.total_yen),
    issuedAt: issuedAt instanceof Date ? issuedAt.toISOString() : String(issuedAt),
  };
}
