import { describe, expect, test } from 'vitest';
import type { RequestMatch, Route, RouteAction } from '../snapshot/snapshot.ts';
import { forwardTo } from '../testing/snapshots.ts';
import { parseAuthority } from './authority.ts';
import { compileRouteTable, decide } from './decide.ts';
import { parseTarget } from './path.ts';

interface Asked {
  method?: string;
  target?: string;
  host?: string;
  headers?: Record<string, string>;
  random?: number;
}

function ask(
  virtualHosts: Record<string, Route[]>,
  { method = 'GET', target = '/', host = 'localhost', headers = {}, random = 0 }: Asked,
) {
  const table = compileRouteTable({
    serviceRoutes: {},
    virtualHosts: Object.entries(virtualHosts).map(([domain, routes]) => ({ domain, routes })),
  });
  const { path, query } = parseTarget(target)!;
  const head = {
    method,
    path,
    query,
    target,
    scheme: 'http',
    host: parseAuthority(host)!.host,
    authority: host,
    header: (name: string) => headers[name],
  } as const;
  return decide(table, head, random);
}

function route(matches: RequestMatch[], action: RouteAction = forwardTo('web:80')): Route {
  return { name: 'rule', matches, action };
}

function isMatched(match: RequestMatch, asked: Asked): boolean {
  return ask({ '*': [route([match])] }, asked).kind === 'forward';
}

describe('a match on', () => {
  const product = '^[a-z]+/.*$';
  test.each<[string, RequestMatch, Asked, boolean]>([
    ['an exact path', { uri: { exact: '/cart' } }, { target: '/cart' }, true],
    ['an exact path ignores the query', { uri: { exact: '/cart' } }, { target: '/cart?a=1' }, true],
    ['an exact path is not a prefix', { uri: { exact: '/cart' } }, { target: '/cart/1' }, false],
    ['a prefix', { uri: { prefix: '/api' } }, { target: '/api/users' }, true],
    ['a prefix is raw text, not segments', { uri: { prefix: '/api' } }, { target: '/apiary' }, true],
    ['a prefix that differs', { uri: { prefix: '/api/' } }, { target: '/api' }, false],
    ['a regular expression', { uri: { regex: '/products/\\d+' } }, { target: '/products/42' }, true],
    [
      'a regular expression must match all of the path',
      { uri: { regex: '/products/\\d+' } },
      { target: '/products/42/edit' },
      false,
    ],
    ['a regular expression does not see the query', { uri: { regex: '/products' } }, { target: '/products?q=x' }, true],
    ['case ignored', { uri: { prefix: '/API' }, ignoreUriCase: true }, { target: '/api/x' }, true],
    ['case ignored the other way', { uri: { exact: '/cart' }, ignoreUriCase: true }, { target: '/CART' }, true],
    ['case kept', { uri: { prefix: '/API' } }, { target: '/api/x' }, false],
    ['a method', { method: { exact: 'POST' } }, { method: 'POST' }, true],
    ['another method', { method: { exact: 'POST' } }, { method: 'GET' }, false],
    ['one of several methods', { method: { regex: 'GET|HEAD' } }, { method: 'HEAD' }, true],
    ['a header', { headers: { 'end-user': { exact: 'jason' } } }, { headers: { 'end-user': 'jason' } }, true],
    ['a header with another value', { headers: { 'end-user': { exact: 'jason' } } }, { headers: { 'end-user': 'json' } }, false],
    ['a header that is absent', { headers: { 'end-user': { prefix: '' } } }, {}, false],
    ['the presence of a header', { headers: { 'x-canary': { present: true } } }, { headers: { 'x-canary': '' } }, true],
    ['the presence of an absent header', { headers: { 'x-canary': { present: true } } }, {}, false],
    [
      'a header by pattern',
      { headers: { accept: { regex: '.*json.*' } } },
      { headers: { accept: 'application/json, */*' } },
      true,
    ],
    ['the absence of a header', { withoutHeaders: { cookie: { present: true } } }, {}, true],
    [
      'the absence of a header that is there',
      { withoutHeaders: { cookie: { present: true } } },
      { headers: { cookie: 'a=1' } },
      false,
    ],
    ['a query parameter', { queryParams: { v: { exact: '2' } } }, { target: '/?a=1&v=2' }, true],
    ['a query parameter, escaped', { queryParams: { q: { exact: '緑茶' } } }, { target: '/?q=%E7%B7%91%E8%8C%B6' }, true],
    ['an absent query parameter', { queryParams: { v: { prefix: '' } } }, { target: '/?a=1' }, false],
    ['the authority', { authority: { prefix: 'localhost' } }, { host: 'localhost:8080' }, true],
    ['all conditions together', { uri: { prefix: '/a' }, method: { exact: 'PUT' } }, { target: '/a', method: 'GET' }, false],
    ['a pattern that would backtrack without end', { uri: { regex: '/(a+)+$' } }, { target: `/${'a'.repeat(2000)}!` }, false],
    ['a path by an anchored pattern', { uri: { regex: product } }, { target: '/cart' }, false],
  ])('%s', (_, match, asked, expected) => {
    expect(isMatched(match, asked)).toBe(expected);
  });
});

describe('paths are normalised before they are matched', () => {
  test.each([
    ['/public/../admin', '/admin'],
    ['/public/%2e%2e/admin', '/admin'],
    ['/public/%2E./admin', '/admin'],
    ['/public\\..\\admin', '/admin'],
    ['/a/./b', '/a/b'],
    ['/../../etc', '/etc'],
    ['//evil.example/../x', '/x'],
  ])('%s is %s', (target, path) => {
    expect(parseTarget(target)).toMatchObject({ path });
  });

  test.each(['/a%2Fb', '/a//b', '/%E8%8C%B6', '/a.b/c..d', '/.well-known/x'])('%s stays as it is', (path) => {
    expect(parseTarget(path)).toMatchObject({ path });
  });

  test('an absolute target names the host itself', () => {
    expect(parseTarget('http://shop.example.com:8080/a?b=1')).toEqual({
      authority: 'shop.example.com:8080',
      path: '/a',
      query: '?b=1',
    });
    expect(parseTarget('http://shop.example.com?b=1')).toEqual({ authority: 'shop.example.com', path: '/', query: '?b=1' });
  });

  test.each(['', 'shop', 'ftp://x/', 'http:///x', 'http://a@b/'])('%j is no target', (target) => {
    expect(parseTarget(target)).toBeUndefined();
  });
});

describe('order', () => {
  test('the first rule that matches wins', () => {
    const rules = [route([{ uri: { prefix: '/api' } }], forwardTo('first:80')), route([], forwardTo('second:80'))];
    expect(ask({ '*': rules }, { target: '/api/x' })).toMatchObject({ cluster: 'first:80' });
    expect(ask({ '*': rules }, { target: '/x' })).toMatchObject({ cluster: 'second:80' });
  });

  test('an exact host goes before the longest wildcard, and that before *', () => {
    const hosts = ['*', '*.example.com', '*.shop.example.com', 'a.shop.example.com'];
    const table = Object.fromEntries(hosts.map((host) => [host, [route([], forwardTo(host))]]));
    const clusterFor = (host: string) => ask(table, { host });
    expect(clusterFor('a.shop.example.com')).toMatchObject({ cluster: 'a.shop.example.com' });
    expect(clusterFor('b.shop.example.com')).toMatchObject({ cluster: '*.shop.example.com' });
    expect(clusterFor('b.c.example.com:8080')).toMatchObject({ cluster: '*.example.com' });
    expect(clusterFor('localhost:8080')).toMatchObject({ cluster: '*' });
    expect(clusterFor('SHOP.Example.COM.')).toMatchObject({ cluster: '*.example.com' });
  });

  test('a host of its own does not fall back on the rules of *', () => {
    expect(ask({ '*': [route([])], 'shop.localhost': [] }, { host: 'shop.localhost' })).toMatchObject({
      kind: 'refuse',
      status: 404,
    });
  });
});

describe('hosts', () => {
  test('* serves loopback names only', () => {
    const table = { '*': [route([])] };
    for (const host of ['localhost', 'LOCALHOST:8080', 'a.localhost', '127.0.0.1:1', '[::1]'])
      expect(ask(table, { host }).kind).toBe('forward');
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1'])
      expect(ask(table, { host })).toMatchObject({ status: 421 });
  });

  test.each(['', 'a b', 'a/b', 'localhost:', 'localhost:99999999', '[::1', 'a\u0000', '-'])('%j is no authority', (value) => {
    expect(parseAuthority(value)).toBeUndefined();
  });
});

describe('rewrites', () => {
  test.each<[string, RequestMatch[], string, string, string]>([
    ['replace the prefix that matched', [{ uri: { prefix: '/api/' } }], '/', '/api/users?q=1', '/users?q=1'],
    ['replace it as text', [{ uri: { prefix: '/api' } }], '/v1', '/api/users', '/v1/users'],
    ['use the alternative that matched', [{ uri: { prefix: '/a/' } }, { uri: { prefix: '/b/long/' } }], '/', '/b/long/x', '/x'],
    ['replace an exact path', [{ uri: { exact: '/old' } }], '/new', '/old?x=1', '/new?x=1'],
    ['replace all that a pattern matched', [{ uri: { regex: '/p/.*' } }], '/q', '/p/1', '/q'],
    ['go in front where nothing was matched on', [], '/v2/', '/users', '/v2/users'],
    ['always leave a path', [{ uri: { prefix: '/api/' } }], 'users/', '/api/1', '/users/1'],
  ])('%s', (_, matches, uri, target, expected) => {
    expect(ask({ '*': [route(matches, forwardTo('web:80', { rewrite: { uri } }))] }, { target })).toMatchObject({
      target: expected,
    });
  });

  test.each<[string, string, string, string, string]>([
    [
      'swap what the groups hold',
      '^/service/([^/]+)(/.*)$',
      '\\2/instance/\\1',
      '/service/foo/v1/api?q=1',
      '/v1/api/instance/foo?q=1',
    ],
    ['replace every occurrence', 'one', 'two', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/two/zzz'],
    ['ignore case where the pattern does', '(?i)/xxx/', '/yyy/', '/aaa/XxX/bbb', '/aaa/yyy/bbb'],
    ['take the whole match for group 0, and two backslashes for one', '/a', '/\\0\\\\', '/a', '//a\\'],
    ['leave a group out that took no part', '/(a)?(b)', '/[\\1\\2]', '/b', '/[b]'],
    ['leave a path alone that does not match', '^/x', '/y', '/a/x', '/a/x'],
    ['always leave a path', '^/api/', '', '/api/users', '/users'],
    ['do not see the query', 'q', 'r', '/p?q=q', '/p?q=q'],
    ['do not take a dollar for a group', '/(a)', '/$1', '/a', '/$1'],
  ])('by pattern %s', (_, match, substitution, target, expected) => {
    const rewrite = { uriRegex: { match, substitution } };
    expect(ask({ '*': [route([], forwardTo('web:80', { rewrite }))] }, { target })).toMatchObject({ target: expected });
  });

  test('the authority can be replaced, by the route and before that by the destination', () => {
    const rewrite = { authority: 'inner' };
    expect(ask({ '*': [route([], forwardTo('web:80', { rewrite }))] }, {})).toMatchObject({ authority: 'inner' });
    const destinations = [{ cluster: 'web:80', weight: 1, authority: 'innermost' }];
    expect(ask({ '*': [route([], forwardTo('web:80', { rewrite, destinations }))] }, {})).toMatchObject({
      authority: 'innermost',
    });
  });
});

describe('redirects', () => {
  test.each<[Partial<Extract<RouteAction, { kind: 'redirect' }>>, string]>([
    [{ uri: '/new' }, 'http://localhost:8080/new?a=1'],
    [{ uri: '/new?b=2' }, 'http://localhost:8080/new?b=2'],
    [{ scheme: 'https', authority: 'shop.example.com' }, 'https://shop.example.com/old?a=1'],
    [{ scheme: 'https' }, 'https://localhost:8080/old?a=1'],
    [{ port: 9090 }, 'http://localhost:9090/old?a=1'],
    [{ port: 80 }, 'http://localhost/old?a=1'],
    [{ port: 80, scheme: 'https' }, 'https://localhost:80/old?a=1'],
    [{ port: 8443, authority: 'shop.example.com:1' }, 'http://shop.example.com:8443/old?a=1'],
    [{ derivePort: 'FROM_PROTOCOL_DEFAULT' }, 'http://localhost/old?a=1'],
    [{ derivePort: 'FROM_PROTOCOL_DEFAULT', scheme: 'https' }, 'https://localhost/old?a=1'],
    [{ derivePort: 'FROM_REQUEST_PORT', authority: 'shop.example.com' }, 'http://shop.example.com:8080/old?a=1'],
    [{ derivePort: 'FROM_REQUEST_PORT', scheme: 'https' }, 'https://localhost:8080/old?a=1'],
  ])('%j', (redirect, location) => {
    const table = { '*': [route([], { kind: 'redirect', status: 302, ...redirect })] };
    expect(ask(table, { host: 'localhost:8080', target: '/old?a=1' })).toEqual({ kind: 'redirect', status: 302, location });
  });

  test.each<[Partial<Extract<RouteAction, { kind: 'redirect' }>>, string, string]>([
    [{ scheme: 'https' }, 'localhost', 'https://localhost/'],
    [{ scheme: 'https' }, 'localhost:80', 'https://localhost/'],
    [{ derivePort: 'FROM_REQUEST_PORT' }, 'localhost', 'http://localhost/'],
    [{ derivePort: 'FROM_REQUEST_PORT', scheme: 'https' }, 'localhost', 'https://localhost:80/'],
    [{ scheme: 'https', authority: 'a.example:80' }, 'localhost:80', 'https://a.example:80/'],
  ])('%j of a request to %s', (redirect, host, location) => {
    expect(ask({ '*': [route([], { kind: 'redirect', status: 301, ...redirect })] }, { host })).toMatchObject({ location });
  });
});

test('weights share requests out', () => {
  const destinations = [
    { cluster: 'v1', weight: 75 },
    { cluster: 'v2', weight: 25 },
  ];
  const table = { '*': [route([], forwardTo('', { destinations }))] };
  const clusterAt = (random: number) => ask(table, { random });
  expect(clusterAt(0)).toMatchObject({ cluster: 'v1' });
  expect(clusterAt(0.7499)).toMatchObject({ cluster: 'v1' });
  expect(clusterAt(0.75)).toMatchObject({ cluster: 'v2' });
  expect(clusterAt(0.9999)).toMatchObject({ cluster: 'v2' });
});
