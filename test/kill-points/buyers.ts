/**
 * What people do in a shop whose processes die: they buy, and ask again with the same key where they get no answer, wherever there is somebody. Each wish has
 * one right end, whoever dies.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { missingMails, refundPayment } from '../../shop/services/order-service/src/contracts/calls.ts';
import { operator, type ShopProcesses } from '../support/shop-processes.ts';
import { eventually } from '../support/system.ts';
import type { Books } from './books.ts';
import { settleMs } from './patience.ts';

const products = ['sencha-asatsuyu', 'hojicha-kyoto', 'genmaicha-matcha', 'notebook-grid-a5', 'tabi-socks'];
const approved = '4242424242424242';
const asksForConsent = '4000000000003220';
/** The carrier does not go there. */
const nowhere = { name: '花子', postalCode: '000-0000', prefecture: '東京都', city: '千代田区', line1: '1-1' };

/** More than there is. */
const tooMany = [{ productId: 'raku-tea-bowl', quantity: 99 }];

const confirmed = { status: 'confirmed' };
const cancelled = (reason: string) => ({ status: 'cancelled', reason });

const wishes = {
  bought: { order: { card: approved }, ends: confirmed },
  /** Opens an account, corrects the name, fills a cart and buys it. */
  newcomer: { order: { card: approved }, ends: confirmed },
  declined: { order: { card: '4000000000000002' }, ends: cancelled('card_declined') },
  unshippable: { order: { card: approved, shippingAddress: nowhere }, ends: cancelled('shipping_failed') },
  greedy: { order: { card: approved, items: tooMany }, ends: cancelled('out_of_stock') },
  /** Gives consent when the time of the reservation is up, and the pieces are still there. */
  late: { order: { card: asksForConsent }, ends: confirmed },
  /** Gives consent when the reservation has been given up. */
  withdrawn: { order: { card: asksForConsent }, ends: cancelled('unavailable') },
  /** The mail is refused when the parcel is on its way: an operator has it tried again. */
  unmailed: { order: { card: approved }, ends: confirmed },
  /** The refund is refused when there is no way but back: an operator has it taken back all the same. */
  unrefunded: { order: { card: approved, shippingAddress: nowhere }, ends: cancelled('shipping_failed') },
} as const;
export type Wish = keyof typeof wishes;

export const isConfirmed = (wish: Wish): boolean => wishes[wish].ends.status === 'confirmed';

export interface Placed {
  readonly id: string;
  readonly wish: Wish;
}

export interface Buyers {
  /** Every order there is. */
  readonly placed: readonly Placed[];
  /** Resolves, when everything is as it has to be for the point to be of interest, to what leads there, and to the end. */
  begin(wish: Wish): Promise<() => Promise<void>>;
}

type Request = { readonly method?: string; readonly body?: unknown; readonly key?: string; readonly token?: string };
type Answer = { readonly status: number; readonly body: Record<string, unknown> };

async function send(url: string, { method = 'GET', body, key, token }: Request = {}): Promise<Answer> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
}

/** Asks one after the other until one gives one of these answers. */
function insist(urls: readonly string[], request: Request, ...statuses: number[]): Promise<Answer> {
  let asked = 0;
  return eventually(
    `${request.method ?? 'GET'} ${urls.join(' or ')} to be answered ${statuses.join(' or ')}`,
    async () => {
      const answer = await send(urls[asked++ % urls.length] ?? '', request);
      if (statuses.includes(answer.status)) return answer;
      throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    },
    settleMs,
  );
}

export async function createBuyers(shop: ShopProcesses, books: Books): Promise<Buyers> {
  const placed: Placed[] = [];
  const orders = (path: string) => [`${shop.url('order')}${path}`, `${shop.url('order-b')}${path}`];
  const operatorToken = await signedIn(shop, operator);
  const customer = await signedUp(shop);

  async function place(wish: Wish, token: string): Promise<string> {
    const productId = products[placed.length % products.length];
    const body = { items: [{ productId, quantity: 1 }], ...wishes[wish].order };
    const answer = await insist(orders('/orders'), { method: 'POST', body, key: randomUUID(), token }, 202);
    const id = String(answer.body.id);
    placed.push({ id, wish });
    return id;
  }

  const sagaOf = (id: string) => insist(orders(`/sagas/${id}`), { token: operatorToken }, 200, 404);

  /** The end of the order's checkout, as the buyer sees it. */
  async function settle(id: string, wish: Wish, token: string): Promise<void> {
    await books.untilDecided(id);
    await eventually(
      `the checkout of ${id} to end`,
      async () => (['completed', 'compensated'].includes(String((await sagaOf(id)).body.state)) ? true : undefined),
      settleMs,
    );
    expect((await insist(orders(`/orders/${id}`), { token }, 200)).body).toMatchObject(wishes[wish].ends);
  }

  async function buy(wish: Wish): Promise<void> {
    await settle(await place(wish, customer.token), wish, customer.token);
  }

  async function join(): Promise<void> {
    const { id, token } = await signedUp(shop);
    await insist([`${shop.url('user')}/users/${id}`], { method: 'PATCH', token, body: { name: '花子 改' } }, 200);
    const productId = products[placed.length % products.length] ?? '';
    const cart = `${shop.url('cart')}/cart`;
    await insist([`${cart}/items/${productId}`], { method: 'PUT', token, body: { quantity: 1 } }, 200);
    await settle(await place('newcomer', token), 'newcomer', token);
    await eventually(
      `the cart of ${id} to be emptied`,
      async () => {
        const { items } = (await insist([cart], { token }, 200)).body;
        return Array.isArray(items) && items.length === 0 ? true : undefined;
      },
      settleMs,
    );
  }

  async function consent(wish: 'late' | 'withdrawn'): Promise<void> {
    const id = await place(wish, customer.token);
    await books.untilAsked(id);
    await (wish === 'late' ? books.timeIsUp(id) : books.giveUp(id));
    await books.giveConsent(id);
    await settle(id, wish, customer.token);
  }

  async function getStuck(wish: 'unmailed' | 'unrefunded'): Promise<() => Promise<void>> {
    shop.refuse(requestsOf(wish === 'unmailed' ? missingMails : refundPayment));
    const id = await place(wish, customer.token);
    await eventually(
      `the checkout of ${id} to be stuck`,
      async () => ((await sagaOf(id)).body.state === 'stuck' ? true : undefined),
      settleMs,
    );
    shop.refuse(undefined);
    return async () => {
      const decision = wish === 'unmailed' ? 'retry' : 'compensate';
      // 409: the decision had been taken, only the answer was lost.
      await insist(orders(`/sagas/${id}/${decision}`), { method: 'POST', token: operatorToken }, 202, 409);
      await settle(id, wish, customer.token);
    };
  }

  return {
    placed,
    begin: (wish) => {
      if (wish === 'unmailed' || wish === 'unrefunded') return getStuck(wish);
      if (wish === 'late' || wish === 'withdrawn') return Promise.resolve(() => consent(wish));
      return Promise.resolve(wish === 'newcomer' ? join : () => buy(wish));
    },
  };
}

/** `METHOD /path` of what the contract is about. */
const requestsOf = ({ method, path }: { readonly method: string; readonly path: string }): RegExp =>
  new RegExp(`^${method} ${path.replaceAll(/:[^/]+/g, '[^/]+')}$`);

async function signedUp(shop: ShopProcesses): Promise<{ id: string; token: string }> {
  const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
  // 409: the account is there, only the answer was lost.
  await insist([`${shop.url('user')}/users`], { method: 'POST', body: { ...credentials, name: '花子' } }, 201, 409);
  const token = await signedIn(shop, credentials);
  // The kit has signed it.
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return { id: claims.sub, token };
}

async function signedIn(shop: ShopProcesses, credentials: { email: string; password: string }): Promise<string> {
  const { email, password } = credentials;
  const answer = await insist([`${shop.url('user')}/auth/token`], { method: 'POST', body: { email, password } }, 200);
  return String(answer.body.access_token);
}
