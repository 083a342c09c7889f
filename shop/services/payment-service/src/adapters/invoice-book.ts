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

export function invoiceBook(database: Queryable): InvoiceBook {
  return {
    add: ({ orderId, userId, items, totalYen }) =>
      database.one(
        `INSERT INTO invoices (order_id, user_id, items, total_yen)
         VALUES ($1, $2, $3, $4) ON CONFLICT (order_id) DO NOTHING RETURNING number`,
        [orderId, userId, JSON.stringify(items), totalYen],
        ({ number }) => invoiceNumber(Number(number)),
      ),

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
