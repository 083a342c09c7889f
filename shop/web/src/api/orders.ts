/** Orders: placing one, how it stands, how far its checkout has come, and everything that ever happened to it. */
import { type Address, address } from './addresses.ts';
import { type Decoder, decodeJson, integer, list, oneOf, optional, record, text } from './decode.ts';
import type { Http } from './http.ts';
import type { Listen, Place } from './listening.ts';
import { type Localized, localized } from './localized.ts';

export type OrderStatus = 'pending' | 'confirmed' | 'cancelled';

/** What a buyer asks for. */
export interface WantedItem {
  productId: string;
  quantity: number;
}

/** What was ordered, at the name and price of that moment. */
export interface OrderItem extends WantedItem {
  name: Localized;
  unitPriceYen: number;
}

export interface Shipment {
  trackingNumber: string;
  /** RFC 3339. */
  shippedAt: string;
}

export interface Order {
  id: string;
  status: OrderStatus;
  /** Why it was cancelled: a stable code such as `card_declined`. */
  reason: string | undefined;
  items: OrderItem[];
  totalYen: number;
  shippingAddress: Address | undefined;
  /** Only while the buyer's bank asks for consent, at `actionUrl`. */
  payment: { actionUrl: string } | undefined;
  shipment: Shipment | undefined;
  /** RFC 3339. */
  createdAt: string;
}

/** How an attempt, or the taking back of one, went. Times are RFC 3339. */
export interface Course {
  state: string;
  attempts: number | undefined;
  startedAt: string | undefined;
  completedAt: string | undefined;
}

export interface SagaStep extends Course {
  name: string;
  /** `pending`, `running`, `waiting`, `done`, `failed`, `compensating`, `compensated`, … : open, since engines add to it. */
  state: string;
  /** Once what the step did is being taken back. */
  compensation: Course | undefined;
}

export interface Saga {
  state: string;
  steps: SagaStep[];
}

export interface OrderEvent {
  version: number;
  /** `OrderPlaced`, `OrderConfirmed`, … : open, since services add to it. */
  type: string;
  /** RFC 3339. */
  time: string;
  data: { reason: string | undefined; trackingNumber: string | undefined };
}

/** Where the bank asks. Only addresses of the web: what is put into a link must not run as a script of this page. */
const webAddress: Decoder<string> = (value, path) => {
  const found = text(value, path);
  oneOf('http:', 'https:')(URL.parse(found, 'https://shop.invalid')?.protocol, path);
  return found;
};

const status = oneOf('pending', 'confirmed', 'cancelled');
export const order = record<Order>({
  id: text,
  status,
  reason: optional(text),
  items: list(record<OrderItem>({ productId: text, quantity: integer, name: localized, unitPriceYen: integer })),
  totalYen: integer,
  shippingAddress: optional(address),
  payment: optional(record<{ actionUrl: string }>({ actionUrl: webAddress })),
  shipment: optional(record<Shipment>({ trackingNumber: text, shippedAt: text })),
  createdAt: text,
});

const course = { state: text, attempts: optional(integer), startedAt: optional(text), completedAt: optional(text) };
const saga = record<Saga>({
  state: text,
  steps: list(record<SagaStep>({ name: text, ...course, compensation: optional(record<Course>(course)) })),
});

const event = record<OrderEvent>({
  version: integer,
  type: text,
  time: text,
  data: record<OrderEvent['data']>({ reason: optional(text), trackingNumber: optional(text) }),
});

export interface OrderRequest {
  items: WantedItem[];
  /** Of `addPaymentMethod`. */
  paymentToken: string;
  shippingAddress: Address;
}

/** What is told of an order: how it stands then, or how far its checkout has come. */
export type OrderNews = { order: Order; id: string | undefined } | { saga: Saga };

export function createOrderApi(http: Http, listen: Listen) {
  const at = (id: string, part = '') => `/api/orders/${encodeURIComponent(id)}${part}`;
  return {
    /** Accepted, not yet confirmed. The same key again gives the same order. */
    placeOrder: (body: OrderRequest, idempotencyKey: string) =>
      http('/api/orders', {
        method: 'POST',
        body,
        idempotencyKey,
        decode: record<Pick<Order, 'id' | 'status'>>({ id: text, status }),
      }),

    order: (id: string, signal?: AbortSignal) => http(at(id), { decode: order, signal }),

    saga: (id: string, signal?: AbortSignal) => http(at(id, '/saga'), { decode: saga, signal }),

    /** First how things are, then what changes; ends when nothing more will. `Place.after`: the last `id`. Throws an ApiError. */
    async *orderNews(id: string, place: Place): AsyncGenerator<OrderNews> {
      for await (const { id: version, event: kind, data } of listen(at(id, '/events'), place)) {
        // Kinds of a later shop are nothing to this page.
        if (kind === 'order') yield { order: decodeJson(order, data), id: version };
        if (kind === 'saga') yield { saga: decodeJson(saga, data) };
      }
    },

    /** What happened to the order, the oldest first. */
    history: async (id: string, signal?: AbortSignal): Promise<OrderEvent[]> =>
      (await http(at(id, '/history'), { decode: record<{ items: OrderEvent[] }>({ items: list(event) }), signal })).items,
  };
}
