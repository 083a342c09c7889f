/**
 * Placing an order. `prepare` asks the other services what it needs to know; `place` then writes the order in one transaction.
 * They are apart so that no transaction is open while another service is asked.
 */
import { randomUUID } from 'node:crypto';
import { mergeItems, type OrderItem, type ShippingAddress, totalOf, type WantedItem } from '../domain/order.ts';
import { placed } from '../domain/order-commands.ts';
import type { NotedCheckout, Placing } from './order-book.ts';

export interface CardInput {
  number: string;
  expMonth?: number | undefined;
  expYear?: number | undefined;
}

/** A card, or what stands for one that the payment service knows already. */
export type PaymentInput = { card: CardInput } | { paymentToken: string };

export interface Wish {
  userId: string;
  items: readonly WantedItem[];
  payment: PaymentInput;
  shippingAddress?: ShippingAddress | undefined;
}

/** An order that is ready to be written. It knows the card by the token only. */
export interface PreparedOrder {
  id: string;
  userId: string;
  items: OrderItem[];
  totalYen: number;
  shippingAddress?: ShippingAddress;
  paymentToken: string;
}

export interface PlacingPorts {
  /** Name and price of the products that exist, in any order. */
  quote: (productIds: readonly string[]) => Promise<Omit<OrderItem, 'quantity'>[]>;
  /** Exchanges the card for a token. */
  tokenise: (card: CardInput) => Promise<string>;
}

/** A product of the order does not exist. */
export class UnknownProduct extends Error {
  readonly code = 'unknown_product';
  readonly productId: string;

  constructor(productId: string) {
    super(`There is no product "${productId}".`);
    this.productId = productId;
  }
}

/**
 * Throws `TooMany`, `UnknownProduct`, and what the ports throw. Prices and the token are asked for at the same time; what is wrong with the products
 * is said first.
 */
export async function prepare(
  { userId, items, payment, shippingAddress }: Wish,
  { quote, tokenise }: PlacingPorts,
): Promise<PreparedOrder> {
  const wanted = mergeItems(items);
  const tokenising = 'card' in payment ? tokenise(payment.card) : Promise.resolve(payment.paymentToken);
  // It is waited for below, unless the products are refused.
  tokenising.catch(() => undefined);
  const priced = price(wanted, await quote(wanted.map(({ productId }) => productId)));
  return {
    id: randomUUID(),
    userId,
    items: priced,
    totalYen: totalOf(priced),
    ...(shippingAddress === undefined ? {} : { shippingAddress }),
    paymentToken: await tokenising,
  };
}

/** Resolves to the checkout that has to be started. The token goes there only: what is kept for ever does not know it. */
export async function place(placing: Placing, { id, paymentToken, ...order }: PreparedOrder): Promise<NotedCheckout> {
  const { userId, items, totalYen } = order;
  await placing.add(id, [placed(order)]);
  const wanted = items.map(({ productId, quantity }) => ({ productId, quantity }));
  const noted = { id, input: { userId, items: wanted, totalYen, paymentToken } };
  placing.toStart(noted);
  return noted;
}

function price(wanted: readonly WantedItem[], quotes: readonly Omit<OrderItem, 'quantity'>[]): OrderItem[] {
  const byId = new Map(quotes.map((quote) => [quote.productId, quote]));
  return wanted.map(({ productId, quantity }) => {
    const quote = byId.get(productId);
    if (quote === undefined) throw new UnknownProduct(productId);
    return { ...quote, quantity };
  });
}
