/** The shop's API as the page uses it: one function per route, and the shapes that come back. */
import { integer, list, oneOf, optional, record, text } from './decode.ts';
import type { Http } from './http.ts';

/** One text in both languages of the shop. */
export interface Localized {
  ja: string;
  en: string;
}

export interface Product {
  id: string;
  name: Localized;
  description: Localized;
  priceYen: number;
  category: string;
  /** Pieces that can be bought now. */
  stock: number;
}

export interface ProductPage {
  items: Product[];
  /** Counted from 1. */
  page: number;
  pageSize: number;
  total: number;
}

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

export interface Order {
  id: string;
  status: OrderStatus;
  /** Why it was cancelled: a stable code such as `card_declined`. */
  reason: string | undefined;
  items: OrderItem[];
  totalYen: number;
  /** RFC 3339. */
  createdAt: string;
}

export interface SagaStep {
  name: string;
  /** `pending`, `running`, `done`, `failed`, `compensating`, `compensated`, … : open, since engines add to it. */
  state: string;
  attempts: number | undefined;
  startedAt: string | undefined;
  completedAt: string | undefined;
  error: string | undefined;
}

export interface Saga {
  state: string;
  steps: SagaStep[];
}

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface Token {
  access_token: string;
  /** Seconds. */
  expires_in: number;
}

export interface ProductQuery {
  q: string;
  category: string;
  page: number;
}

const localized = record<Localized>({ ja: text, en: text });
const product = record<Product>({
  id: text,
  name: localized,
  description: localized,
  priceYen: integer,
  category: text,
  stock: integer,
});
const productPage = record<ProductPage>({ items: list(product), page: integer, pageSize: integer, total: integer });
const user = record<User>({ id: text, email: text, name: text });
const token = record<Token>({ access_token: text, expires_in: integer });
const status = oneOf('pending', 'confirmed', 'cancelled');
const order = record<Order>({
  id: text,
  status,
  reason: optional(text),
  items: list(record<OrderItem>({ productId: text, quantity: integer, name: localized, unitPriceYen: integer })),
  totalYen: integer,
  createdAt: text,
});
const saga = record<Saga>({
  state: text,
  steps: list(
    record<SagaStep>({
      name: text,
      state: text,
      attempts: optional(integer),
      startedAt: optional(text),
      completedAt: optional(text),
      error: optional(text),
    }),
  ),
});

export type ShopApi = ReturnType<typeof createShopApi>;

export function createShopApi(http: Http) {
  return {
    products: ({ q, category, page }: ProductQuery, signal?: AbortSignal) =>
      http(`/api/products?${query({ q, category, page: String(page) })}`, { decode: productPage, signal }),

    product: (id: string, signal?: AbortSignal) => http(`/api/products/${encodeURIComponent(id)}`, { decode: product, signal }),

    signUp: (person: { email: string; password: string; name: string }) =>
      http('/api/users', { method: 'POST', body: person, decode: user }),

    signIn: (credentials: { email: string; password: string }) =>
      http('/api/auth/token', { method: 'POST', body: credentials, decode: token }),

    /** Accepted, not yet confirmed. The same key again gives the same order. */
    placeOrder: (body: { items: WantedItem[]; card: string }, idempotencyKey: string) =>
      http('/api/orders', {
        method: 'POST',
        body,
        idempotencyKey,
        decode: record<Pick<Order, 'id' | 'status'>>({ id: text, status }),
      }),

    order: (id: string, signal?: AbortSignal) => http(`/api/orders/${encodeURIComponent(id)}`, { decode: order, signal }),

    saga: (id: string, signal?: AbortSignal) => http(`/api/orders/${encodeURIComponent(id)}/saga`, { decode: saga, signal }),

    userWithOrders: (userId: string, signal?: AbortSignal) =>
      http(`/api/users/${encodeURIComponent(userId)}/orders`, {
        decode: record<{ user: User; orders: Order[] }>({ user, orders: list(order) }),
        signal,
      }),
  };
}

function query(parameters: Record<string, string>): string {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')).toString();
}
