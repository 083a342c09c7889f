/** Paying: a card's number goes to the payment service alone, which gives a token for it; and the invoice afterwards. */
import { integer, list, record, text } from './decode.ts';
import type { Http } from './http.ts';
import type { OrderItem } from './orders.ts';
import { localized } from './localized.ts';

export interface PaymentMethod {
  /** Stands for the card in orders of this person, and is worth nothing to anybody else. */
  token: string;
}

export interface Invoice {
  number: string;
  orderId: string;
  items: OrderItem[];
  totalYen: number;
  /** RFC 3339. */
  issuedAt: string;
}

const method = record<PaymentMethod>({ token: text });
const invoice = record<Invoice>({
  number: text,
  orderId: text,
  items: list(record<OrderItem>({ productId: text, quantity: integer, name: localized, unitPriceYen: integer })),
  totalYen: integer,
  issuedAt: text,
});

export function createPaymentApi(http: Http) {
  return {
    /** 422 when the card cannot be one. */
    addPaymentMethod: (number: string) => http('/api/payment-methods', { method: 'POST', body: { number }, decode: method }),

    /** 404 until it has been written, a moment after the order was shipped. */
    invoice: (orderId: string, signal?: AbortSignal) =>
      http(`/api/invoices/${encodeURIComponent(orderId)}`, { decode: invoice, signal }),
  };
}
