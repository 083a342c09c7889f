/** The catalogue and the accounts as the page uses them, and all calls together: one function per route, and the shapes that come back. */
import { createCartApi } from './cart.ts';
import { integer, list, record, text } from './decode.ts';
import type { Http } from './http.ts';
import type { Listen } from './listening.ts';
import { createMailApi } from './mail.ts';
import { createOrderApi, type Order, order } from './orders.ts';
import { createPaymentApi } from './payments.ts';
import { createAddressApi } from './addresses.ts';
import { type Localized, localized } from './localized.ts';

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

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface ProductQuery {
  q: string;
  category: string;
  page: number;
}

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
export type ShopApi = ReturnType<typeof createShopApi>;

export function createShopApi(http: Http, listen: Listen) {
  return {
    ...createCartApi(http),
    ...createOrderApi(http, listen),
    ...createAddressApi(http),
    ...createMailApi(http),
    ...createPaymentApi(http),

    products: ({ q, category, page }: ProductQuery, signal?: AbortSignal) =>
      http(`/api/products?${query({ q, category, page: String(page) })}`, { decode: productPage, signal, isPublic: true }),

    product: (id: string, signal?: AbortSignal) =>
      http(`/api/products/${encodeURIComponent(id)}`, { decode: product, signal, isPublic: true }),

    /** Mails to the person are written in `locale`. */
    signUp: (person: { email: string; password: string; name: string; locale: 'ja' | 'en' }) =>
      http('/api/users', { method: 'POST', body: person, decode: user, isPublic: true }),

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
