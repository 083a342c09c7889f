import { describe, expect, it } from 'vitest';
import { parseRoute, paths } from './routes.ts';

const at = (path: string) => parseRoute(new URL(path, 'http://shop.test'));

describe('an address', () => {
  it.each([
    [
      paths.catalogue({ q: '急須 & cup', category: 'tea', number: 3 }),
      { page: 'catalogue', q: '急須 & cup', category: 'tea', number: 3 },
    ],
    [paths.catalogue(), { page: 'catalogue', q: '', category: '', number: 1 }],
    [paths.product('a/b?c'), { page: 'product', id: 'a/b?c' }],
    [paths.order('0f-1'), { page: 'order', id: '0f-1' }],
    [paths.orders, { page: 'orders' }],
    [paths.mailbox(), { page: 'mailbox', orderId: '' }],
    [paths.mailbox('0f-1'), { page: 'mailbox', orderId: '0f-1' }],
    [paths.cart, { page: 'cart' }],
    [paths.checkout, { page: 'checkout' }],
    [paths.signIn('/orders/1?x=2'), { page: 'sign-in', next: '/orders/1?x=2' }],
    [paths.signUp(), { page: 'sign-up', next: '/' }],
  ])('made for a page leads back to it: %s', (path, route) => {
    expect(at(path)).toEqual(route);
  });

  it.each(['/nowhere', '/products/a/b', '/cart/1', '/%E0%A4%A'])('that nobody made leads to no page: %s', (path) => {
    expect(at(path)).toEqual({ page: 'not-found' });
  });

  it.each(['-1', '0', '1.5', 'x', '1e99'])('with an impossible page number shows the first page: %s', (number) => {
    expect(at(`/?page=${number}`)).toMatchObject({ number: 1 });
  });

  it.each(['https://evil.test/', '//evil.test/', '/\\evil.test', 'javascript:alert(1)'])(
    'never leads out of the shop after signing in: %s',
    (next) => {
      expect(at(`/sign-in?next=${encodeURIComponent(next)}`)).toEqual({ page: 'sign-in', next: '/' });
    },
  );
});
