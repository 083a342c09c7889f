/**
 * The shop's public API in memory, answering as the services do: same shapes, same problems. For tests of the page alone; the
 * services have tests of their own.
 */
import { randomUUID } from 'node:crypto';
import type { MockProduct } from './catalogue.ts';
import { outcomeAt } from './checkout.ts';

export interface MockRequest {
  method: string;
  url: URL;
  headers: { authorization?: string | undefined; idempotencyKey?: string | undefined };
  body: unknown;
}

export interface MockAnswer {
  status: number;
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

interface PlacedOrder {
  id: string;
  userId: string;
  items: { productId: string; quantity: number }[];
  card: string;
  placedMs: number;
}

const pageSize = 12;

export function createMockApi({ products, stepMs }: MockApiOptions) {
  const people = new Map<string, Person>();
  const orders = new Map<string, PlacedOrder>();
  const orderByKey = new Map<string, PlacedOrder>();

  const routes: [method: string, path: RegExp, answer: (request: MockRequest, id: string) => MockAnswer][] = [
    ['GET', /^\/api\/products$/, ({ url }) => browse(url.searchParams)],
    ['GET', /^\/api\/products\/([^/]+)$/, (_request, id) => oneProduct(id)],
    ['POST', /^\/api\/users$/, ({ body }) => signUp(body as Omit<Person, 'id'>)],
    ['POST', /^\/api\/auth\/token$/, ({ body }) => signIn(body as Omit<Person, 'id'>)],
    ['POST', /^\/api\/orders$/, placeOrder],
    ['GET', /^\/api\/orders\/([^/]+)$/, (request, id) => ofOwner(request, id, (order) => ok(describe(order)))],
    ['GET', /^\/api\/orders\/([^/]+)\/saga$/, (request, id) => ofOwner(request, id, (order) => ok(outcome(order).saga))],
    ['GET', /^\/api\/users\/([^/]+)\/orders$/, userWithOrders],
  ];

  return {
    answer(request: MockRequest): MockAnswer {
      for (const [method, path, answer] of routes) {
        const match = path.exec(request.url.pathname);
        if (match && method === request.method) return answer(request, decodeURIComponent(match[1] ?? ''));
      }
      return problem(404, 'There is no such route.');
    },
    /** Every order that was really placed, not counting repeated requests. */
    orders: () => [...orders.values()].map((order) => ({ ...order, status: outcome(order).status })),
  };

  function browse(query: URLSearchParams): MockAnswer {
    const q = (query.get('q') ?? '').toLowerCase();
    const category = query.get('category') ?? '';
    const page = Number(query.get('page') ?? 1);
    const found = products.filter(
      (one) => (category === '' || one.category === category) && `${one.name.ja} ${one.name.en}`.toLowerCase().includes(q),
    );
    return ok({ items: found.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total: found.length });
  }

  function oneProduct(id: string): MockAnswer {
    const found = products.find((one) => one.id === id);
    return found ? ok(found) : problem(404, 'There is no such product.');
  }

  function signUp(person: Omit<Person, 'id'>): MockAnswer {
    if (people.has(person.email)) return problem(409, 'An account with this e-mail address exists already.');
    const created = { ...person, id: randomUUID() };
    people.set(person.email, created);
    return { status: 201, body: { id: created.id, email: created.email, name: created.name } };
  }

  function signIn({ email, password }: { email: string; password: string }): MockAnswer {
    const person = people.get(email);
    if (person?.password !== password) return problem(401, 'The e-mail address or the password is wrong.');
    const expiresInSeconds = 3600;
    const claims = { sub: person.id, exp: Math.floor(Date.now() / 1000) + expiresInSeconds };
    const token = `mock.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.mock`;
    return ok({ access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds });
  }

  function placeOrder({ headers, body }: MockRequest): MockAnswer {
    const person = caller(headers.authorization);
    if (!person) return problem(401, 'A bearer token is required.');
    const key = `${person.id} ${headers.idempotencyKey ?? ''}`;
    const order = orderByKey.get(key) ?? {
      ...(body as Pick<PlacedOrder, 'items' | 'card'>),
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
    const own = [...orders.values()].filter((order) => order.userId === id).reverse();
    return ok({ user: { id, email: person.email, name: person.name }, orders: own.map(describe) });
  }

  function ofOwner({ headers }: MockRequest, id: string, answer: (order: PlacedOrder) => MockAnswer): MockAnswer {
    const order = orders.get(id);
    return order && order.userId === caller(headers.authorization)?.id ? answer(order) : problem(404, 'There is no such order.');
  }

  function caller(authorization = ''): Person | undefined {
    const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
    return [...people.values()].find(({ id }) => payload.includes(id));
  }

  function outcome(order: PlacedOrder) {
    return outcomeAt(Date.now(), order.placedMs, stepMs, order.card);
  }

  function describe(order: PlacedOrder) {
    const { status, reason } = outcome(order);
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
      createdAt: new Date(order.placedMs).toISOString(),
    };
  }
}

const ok = (body: unknown): MockAnswer => ({ status: 200, body });
const problem = (status: number, detail: string): MockAnswer => ({
  status,
  body: { type: 'about:blank', title: 'Problem', status, detail },
});
