/**
 * Writes the invoice of an order: one per order, whatever is delivered twice.
 */

export interface InvoiceItem {
  productId: string;
  name: { ja: string; en: string };
  unitPriceYen: number;
  quantity: number;
}

export interface NewInvoice {
  orderId: string;
  userId: string;
  items: InvoiceItem[];
  totalYen: number;
}

export interface Invoice extends NewInvoice {
  /** Such as `INV-00000042`; they grow, but numbers may be missing. */
  number: string;
  /** RFC 3339, UTC. */
  issuedAt: string;
}

/** Where invoices are kept. */
export interface InvoiceBook {
  /** The new invoices' numbers, in order; undefined, and nothing is written, where the order has one. */
  add(invoices: readonly NewInvoice[]): Promise<(string | undefined)[]>;
  find(orderId: string): Promise<Invoice | undefined>;
}

export function invoiceNumber(sequence: number): string {
  return `INV-${String(sequence).padStart(8, '0')}`;
}
