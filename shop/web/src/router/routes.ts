/** Which page an address shows, and the address of each page. Pure: navigation.ts moves the browser. */

export type Route =
  | { page: 'catalogue'; q: string; category: string; number: number }
  | { page: 'product'; id: string }
  | { page: 'cart' }
  | { page: 'checkout' }
  | { page: 'sign-in'; next: string }
  | { page: 'sign-up'; next: string }
  | { page: 'orders' }
  | { page: 'order'; id: string }
  | { page: 'invoice'; orderId: string }
  | { page: 'addresses' }
  | { page: 'mailbox'; orderId: string }
  | { page: 'not-found' };

export function parseRoute(url: URL): Route {
  const [first = '', second, ...rest] = url.pathname.split('/').filter(Boolean).map(decode);
  if (rest.length > 0) return { page: 'not-found' };
  if (second !== undefined) return parseDetail(first, second);
  const next = localPath(url.searchParams.get('next'));
  switch (first) {
    case '':
      return parseCatalogue(url.searchParams);
    case 'cart':
    case 'checkout':
    case 'orders':
    case 'addresses':
      return { page: first };
    case 'mailbox':
      return { page: first, orderId: url.searchParams.get('order') ?? '' };
    case 'sign-in':
    case 'sign-up':
      return { page: first, next };
    default:
      return { page: 'not-found' };
  }
}

export const paths = {
  catalogue: ({ q = '', category = '', number = 1 } = {}) =>
    withQuery('/', { q, category, page: number > 1 ? String(number) : '' }),
  product: (id: string) => `/products/${encodeURIComponent(id)}`,
  cart: '/cart',
  checkout: '/checkout',
  signIn: (next = '') => withQuery('/sign-in', { next }),
  signUp: (next = '') => withQuery('/sign-up', { next }),
  orders: '/orders',
  order: (id: string) => `/orders/${encodeURIComponent(id)}`,
  invoice: (orderId: string) => `/invoices/${encodeURIComponent(orderId)}`,
  addresses: '/addresses',
  /** All mails, or those about one order. */
  mailbox: (orderId = '') => withQuery('/mailbox', { order: orderId }),
};

function parseDetail(first: string, id: string): Route {
  if (first === 'products') return { page: 'product', id };
  if (first === 'orders') return { page: 'order', id };
  if (first === 'invoices') return { page: 'invoice', orderId: id };
  return { page: 'not-found' };
}

function parseCatalogue(query: URLSearchParams): Route {
  const number = Number(query.get('page') ?? '1');
  return {
    page: 'catalogue',
    q: query.get('q') ?? '',
    category: query.get('category') ?? '',
    number: Number.isSafeInteger(number) && number > 0 ? number : 1,
  };
}

/** Only a path of this site: an address given in a link must not lead people elsewhere after they signed in. */
function localPath(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}

function withQuery(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '' && value !== '/'));
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
