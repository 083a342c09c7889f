/**
 * The shop's public API in memory, answering as the services do: same shapes, same problems. For tests of the page alone; the
 * services have tests of their own.
 */
import { randomUUID } from 'node:crypto';
import { type Line, MockAccount } from './account.ts';
import { created, type MockAnswer, ok, problem } from './answer.ts';
import type { MockProduct } from './catalogue.ts';
import { MockSessions, type Refresh, whoseToken } from './sessions.ts';
import { outcomeAt, type PlacedOrder, trackingNumber } from './checkout.ts';

export interface MockRequest {
  method: string;
  url: URL;
  headers: { authorization?: string | undefined; idempotencyKey?: string | undefined };
  body: unknown;
}

export interface MockApiOptions {
  products: readonly MockProduct[];
  /** How long each step of a checkout takes. */
  stepMs: number;
}

interface Person {
  id: string;
  email: string;
  name: string;
  password: string;
}

interface MockOrder extends PlacedOrder {
  id: string;
  userId: string;
  items: Line[];
  shippingAddress: object;
}

const pageSize = 12;

export function createMockApi({ products, stepMs }: MockApiOptions) {
  let shelf = products;
  const people = new Map<string, Person>();
  const accounts = new Map<string, MockAccount>();
  const orders = new Map<string, MockOrder>();
  const orderByKey = new Map<string, MockOrder>();
  const sessions = new MockSessions();
  /** Token → card. */
  const cards = new Map<string, string>();

  const routes: [method: string, path: RegExp, answer: (request: MockRequest, id: string) => MockAnswer][] = [
    ['GET', /^\/api\/products$/, ({ url }) => browse(url.searchParams)],
    ['GET', /^\/api\/products\/([^/]+)$/, (_request, id) => oneProduct(id)],
    ['POST', /^\/api\/users$/, ({ body }) => signUp(body as Omit<Person, 'id'>)],
    ['POST', /^\/api\/auth\/token$/, ({ body }) => signIn(body as Omit<Person, 'id'>)],
    ['POST', /^\/api\/auth\/refresh$/, ({ body }) => sessions.refresh((body as Refresh).refresh_token)],
    ['POST', /^\/api\/auth\/logout$/, ({ body }) => sessions.end((body as Refresh).refresh_token)],
    ['POST', /^\/api\/payment-methods$/, addPaymentMethod],
    ['GET', /^\/api\/invoices\/([^/]+)$/, (request, id) => ofOwner(request, id, invoiceOf)],
    ['POST', /^\/api\/orders$/, placeOrder],
    ['GET', /^\/api\/orders\/([^/]+)$/, (request, id) => ofOwner(request, id, (order) => ok(describe(order)))],
    ['GET', /^\/api\/orders\/([^/]+)\/saga$/, (request, id) => ofOwner(request, id, (order) => ok(outcome(order).saga))],
    ['GET', /^\/api\/orders\/([^/]+)\/history$/, (request, id) => ofOwner(request, id, (order) => ok(historyOf(order)))],
    ['GET', /^\/api\/users\/([^/]+)\/orders$/, userWithOrders],
    ['GET', /^\/api\/users\/[^/]+\/addresses$/, own((account) => ok({ items: account.addresses }))],
    ['POST', /^\/api\/users\/[^/]+\/addresses$/, own((account, { body }) => created(account.saveAddress(body as object)))],
    ['PUT', /^\/api\/users\/[^/]+\/addresses\/([^/]+)$/, own(changeAddress)],
    ['DELETE', /^\/api\/users\/[^/]+\/addresses\/([^/]+)$/, own(deleteAddress)],
    ['GET', /^\/api\/cart$/, own((account) => ok(account.cart()))],
    ['PUT', /^\/api\/cart\/items\/([^/]+)$/, own(putInCart)],
    ['DELETE', /^\/api\/cart\/items\/([^/]+)$/, own(takeFromCart)],
    ['POST', /^\/api\/cart\/merge$/, own(mergeIntoCart)],
    ['GET', /^\/api\/notifications$/, own((account) => ok({ items: account.mails }))],
  ];

  return {
    answer(request: MockRequest): MockAnswer {
      for (const [method, path, answer] of routes) {
        const match = path.exec(request.url.pathname);
        if (match && method === request.method) return answer(request, decodeURIComponent(match[1] ?? ''));
      }
      return problem(404, 'There is no such route.');
    },
    /** What is told of an order, and whether that is all; undefined for whoever may not hear it. */
    tell(authorization: string | undefined, orderId: string) {
      const order = orders.get(orderId);
      if (!order || order.userId !== caller(authorization)?.id) return undefined;
      const { saga, status, history } = outcome(order);
      const isOver = status !== 'pending' && !['running', 'compensating'].includes(saga.state);
      return { order: describe(order), saga, version: history.length, isOver };
    },
    /** Every order that was really placed, not counting repeated requests. */
    orders: () => [...orders.values()].map((order) => ({ ...order, status: outcome(order).status })),
    sessions,
    /** What the buyer says on the bank's page. */
    answerBank(orderId: string, isGiven: boolean): void {
      const order = orders.get(orderId);
      if (order) order.consent ??= { atMs: Date.now(), isGiven };
    },
    /** The product is no longer sold, or there are so many of it. */
    restock(id: string, stock: number | undefined): void {
      shelf = shelf.flatMap((one) => (one.id !== id ? [one] : stock === undefined ? [] : [{ ...one, stock }]));
    },
  };

  function browse(query: URLSearchParams): MockAnswer {
    const q = (query.get('q') ?? '').toLowerCase();
    const category = query.get('category') ?? '';
    const page = Number(query.get('page') ?? 1);
    const found = shelf.filter(
      (one) => (category === '' || one.category === category) && `${one.name.ja} ${one.name.en}`.toLowerCase().includes(q),
    );
    return ok({ items: found.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total: found.length });
  }

  function oneProduct(id: string): MockAnswer {
    const found = shelf.find((one) => one.id === id);
    return found ? ok(found) : problem(404, 'There is no such product.');
  }

  function signUp(person: Omit<Person, 'id'>): MockAnswer {
    if (people.has(person.email)) return problem(409, 'An account with this e-mail address exists already.');
    const opened = { ...person, id: randomUUID() };
    people.set(person.email, opened);
    accounts.set(opened.id, new MockAccount(() => shelf));
    return created({ id: opened.id, email: opened.email, name: opened.name });
  }

  function signIn({ email, password }: { email: string; password: string }): MockAnswer {
    const person = people.get(email);
    if (person?.password !== password) return problem(401, 'The e-mail address or the password is wrong.');
    return sessions.begin(person);
  }

  function addPaymentMethod({ headers, body }: MockRequest): MockAnswer {
    if (!caller(headers.authorization)) return problem(401, 'A bearer token is required.');
    const { number } = body as { number: string };
    const token = `pm_${randomUUID()}`;
    cards.set(token, number);
    return created({ token, brand: 'visa', last4: number.slice(-4) });
  }

  function placeOrder({ headers, body }: MockRequest): MockAnswer {
    const person = caller(headers.authorization);
    if (!person) return problem(401, 'A bearer token is required.');
    const key = `${person.id} ${headers.idempotencyKey ?? ''}`;
    const order = orderByKey.get(key) ?? {
      ...readOrder(body, cards),
      id: randomUUID(),
      userId: person.id,
      placedMs: Date.now(),
    };
    orderByKey.set(key, order);
    orders.set(order.id, order);
    return { status: 202, body: { id: order.id, status: 'pending' } };
  }

  function userWithOrders({ headers }: MockRequest, id: string): MockAnswer {
    const person = caller(headers.authorization);
    if (person?.id !== id) return problem(404, 'There is no such user.');
    const placed = [...orders.values()].filter((order) => order.userId === id).reverse();
    return ok({ user: { id, email: person.email, name: person.name }, orders: placed.map(describe) });
  }

  /** Routes of whoever asks. What orders have come to since shows in the account first. */
  function own(answer: (account: MockAccount, request: MockRequest, id: string) => MockAnswer) {
    return (request: MockRequest, id: string): MockAnswer => {
      const person = caller(request.headers.authorization);
      const account = person && accounts.get(person.id);
      if (!account) return problem(401, 'A bearer token is required.');
      for (const order of orders.values()) if (order.userId === person.id) settle(order, person, account);
      return answer(account, request, id);
    };
  }

  /** What events do in the shop: a confirmed order leaves the cart, and the buyer gets mails. */
  function settle(order: MockOrder, { email, name }: Person, account: MockAccount): void {
    const { status, isShipped } = outcome(order);
    const news = [
      ...(status === 'confirmed' ? ['order.confirmed'] : []),
      ...(isShipped ? ['order.shipped'] : []),
      ...(status === 'cancelled' ? ['order.cancelled'] : []),
    ];
    for (const kind of news) {
      const isNew = account.tell({ kind, to: email, orderId: order.id, subject: subjects[kind] ?? kind, text: `Dear ${name},` });
      if (isNew && kind === 'order.confirmed') for (const { productId } of order.items) account.remove(productId);
      if (isNew && kind === 'order.cancelled') account.merge(order.items);
    }
  }

  function changeAddress(account: MockAccount, { body }: MockRequest, id: string): MockAnswer {
    const changed = account.changeAddress(id, body as object);
    return changed ? ok(changed) : problem(404, 'There is no such address.');
  }

  function deleteAddress(account: MockAccount, _request: MockRequest, id: string): MockAnswer {
    account.deleteAddress(id);
    return { status: 204, body: undefined };
  }

  function invoiceOf(order: MockOrder): MockAnswer {
    if (!outcome(order).isShipped) return problem(404, 'There is no invoice for this order.');
    const { items, totalYen, createdAt } = describe(order);
    return ok({ number: 'HK-2026-000001', orderId: order.id, items, totalYen, issuedAt: createdAt });
  }

  function putInCart(account: MockAccount, { body }: MockRequest, productId: string): MockAnswer {
    if (!shelf.some(({ id }) => id === productId)) return problem(422, `There is no product "${productId}".`);
    account.put({ ...(body as Pick<Line, 'quantity'>), productId });
    return ok(account.cart());
  }

  function takeFromCart(account: MockAccount, _request: MockRequest, productId: string): MockAnswer {
    account.remove(productId);
    return { status: 204, body: undefined };
  }

  function mergeIntoCart(account: MockAccount, { body }: MockRequest): MockAnswer {
    const gone = account.merge((body as { items: Line[] }).items);
    if (gone === undefined) return ok(account.cart());
    const refusal = problem(422, 'There is no such product.');
    const errors = [{ in: 'body', pointer: `#/items/${gone}/productId`, detail: 'There is no such product.' }];
    return { ...refusal, body: { ...(refusal.body as object), errors } };
  }

  function historyOf(order: MockOrder): object {
    const items = outcome(order).history.map(({ type, atMs, data }, index) => {
      return { version: index + 1, type, time: new Date(atMs).toISOString(), data };
    });
    return { items };
  }

  function ofOwner({ headers }: MockRequest, id: string, answer: (order: MockOrder) => MockAnswer): MockAnswer {
    const order = orders.get(id);
    return order && order.userId === caller(headers.authorization)?.id ? answer(order) : problem(404, 'There is no such order.');
  }

  function caller(authorization = ''): Person | undefined {
    const id = whoseToken(authorization);
    return [...people.values()].find((person) => person.id === id);
  }

  function outcome(order: MockOrder) {
    return outcomeAt(Date.now(), order, stepMs);
  }

  function describe(order: MockOrder) {
    const { status, reason, isWaiting, isShipped } = outcome(order);
    const items = order.items.map((item) => {
      const sold = products.find(({ id }) => id === item.productId);
      return { ...item, name: sold?.name, unitPriceYen: sold?.priceYen ?? 0 };
    });
    const totalYen = items.reduce((sum, { quantity, unitPriceYen }) => sum + quantity * unitPriceYen, 0);
    return {
      id: order.id,
      status,
      ...(reason === undefined ? {} : { reason }),
      items,
      totalYen,
      shippingAddress: order.shippingAddress,
      ...(isWaiting ? { payment: { actionUrl: `${bankPath}${order.id}` } } : {}),
      ...(isShipped ? { shipment: { trackingNumber, shippedAt: new Date().toISOString() } } : {}),
      createdAt: new Date(order.placedMs).toISOString(),
    };
  }
}

/** Where the bank's page is. */
export const bankPath = '/card-network/3ds/';

const subjects: Readonly<Record<string, string>> = {
  'order.confirmed': 'Your order is confirmed',
  'order.shipped': 'Your order is on its way',
  'order.cancelled': 'Your order could not be completed',
};

interface OrderBody {
  items: Line[];
  paymentToken: string;
  shippingAddress: { postalCode: string };
}

function readOrder(body: unknown, cards: ReadonlyMap<string, string>) {
  const { items, paymentToken, shippingAddress } = body as OrderBody;
  return { items, card: cards.get(paymentToken) ?? '', shippingAddress, postalCode: shippingAddress.postalCode };
}
