/**
 * An order: what somebody wants, at the prices of the moment it was placed. This is what its events add up to (order-events.ts);
 * what may happen to it is decided in order-commands.ts.
 *
 *     pending ──confirm──► confirmed ──ship──► confirmed, with a shipment
 *        └──────cancel──────►  │
 *     cancelled ◄───cancel─────┘
 */

export type OrderStatus = 'pending' | 'confirmed' | 'cancelled';

/** The same text for readers of Japanese and of English. */
export interface Bilingual {
  ja: string;
  en: string;
}

/** What a buyer asks for. */
export interface WantedItem {
  productId: string;
  quantity: number;
}

export interface OrderItem extends WantedItem {
  name: Bilingual;
  unitPriceYen: number;
}

/** Where the parcel goes, in Japan. */
export interface ShippingAddress {
  name: string;
  /** `100-0001`. */
  postalCode: string;
  prefecture: string;
  city: string;
  line1: string;
  line2?: string;
}

export interface Shipment {
  trackingNumber: string;
  /** RFC 3339, UTC. */
  shippedAt: string;
}

export interface Order {
  /** UUID; also the id of the saga and the key under which other services know the order. */
  id: string;
  userId: string;
  status: OrderStatus;
  /** Why it was cancelled, as a stable code: `card_declined`, `out_of_stock`, … Only when it was. */
  reason?: string;
  items: OrderItem[];
  totalYen: number;
  shippingAddress?: ShippingAddress;
  /** Only while the buyer has to do something about the payment, such as a 3-D Secure step. */
  payment?: { actionUrl: string };
  shipment?: Shipment;
  /** RFC 3339, UTC. */
  createdAt: string;
}

/** Pieces of one product in one order. */
export const MAX_QUANTITY = 99;
/** Lines of one order. */
export const MAX_ITEMS = 50;

/** The pieces of one product, written on several lines, are more than one order may have. */
export class TooMany extends Error {
  readonly productId: string;
  /** Index of the line that went over. */
  readonly line: number;

  constructor(productId: string, line: number) {
    super(`An order can have at most ${MAX_QUANTITY} of "${productId}".`);
    this.productId = productId;
    this.line = line;
  }
}

/** One line per product, in the order of first mention. Throws `TooMany`. */
export function mergeItems(items: readonly WantedItem[]): WantedItem[] {
  const quantities = new Map<string, number>();
  for (const [line, { productId, quantity }] of items.entries()) {
    const sum = (quantities.get(productId) ?? 0) + quantity;
    if (sum > MAX_QUANTITY) throw new TooMany(productId, line);
    quantities.set(productId, sum);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

export function totalOf(items: readonly OrderItem[]): number {
  return items.reduce((total, { unitPriceYen, quantity }) => total + unitPriceYen * quantity, 0);
}
