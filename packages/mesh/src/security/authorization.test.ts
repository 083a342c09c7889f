import { expect, test } from 'vitest';
import type { AuthorizationPolicy } from '@hikyaku/resources';
import { compileAuthorization as readPolicy } from '../snapshot/authorization-policies.ts';
import { authorizationPolicy } from '../testing/policies.ts';
import { compileAuthorization } from './authorization.ts';

type Spec = NonNullable<AuthorizationPolicy['spec']>;

interface Asked {
  method?: string;
  path?: string;
  host?: string;
  claims?: Record<string, unknown>;
  headers?: Record<string, string>;
}

function isAllowed(specs: Spec[], { method = 'GET', path = '/', host = 'shop.test', claims, headers = {} }: Asked = {}): boolean {
  const policies = specs.flatMap((spec, index) => {
    const rules = readPolicy(authorizationPolicy(`policy-${index}`, spec), () => undefined);
    return rules === undefined ? [] : [{ name: `policy-${index}`, rules }];
  });
  const authority = `${host}:8080`;
  const head = {
    method,
    path,
    query: '',
    target: path,
    scheme: 'http',
    host,
    authority,
    header: (name: string) => headers[name],
  } as const;
  const identity = claims && { claims, principal: 'https://id/hanako', payload: '' };
  return compileAuthorization(policies)({ head, identity, ports: [8080] }) === undefined;
}

const allow = (...rules: NonNullable<Spec['rules']>): Spec => ({ action: 'ALLOW', rules });
const deny = (...rules: NonNullable<Spec['rules']>): Spec => ({ action: 'DENY', rules });
const to = (operation: Record<string, string[]>) => ({ to: [{ operation }] });
const when = (key: string, values: string[], notValues: string[] = []) => ({ when: [{ key, values, notValues }] });

test.each<[string, Spec[], Asked, boolean]>([
  ['no policy allows', [], {}, true],
  ['a policy without rules allows nothing', [{}], {}, false],
  ['an empty rule allows everything', [allow({})], {}, true],
  ['an empty DENY rule denies everything', [allow({}), deny({})], {}, false],
  ['DENY comes before ALLOW', [allow({}), deny(to({ paths: ['/admin*'] }))], { path: '/admin/x' }, false],
  ['what no DENY matches is allowed', [deny(to({ paths: ['/admin*'] }))], { path: '/cart' }, true],
  ['one of several ALLOW policies suffices', [allow(to({ methods: ['POST'] })), allow(to({ methods: ['GET'] }))], {}, true],
  ['all fields of an operation must hold', [allow(to({ methods: ['GET'], paths: ['/a'] }))], { path: '/b' }, false],
  ['a suffix', [allow(to({ paths: ['*.png'] }))], { path: '/a/b.png' }, true],
  ['a path template, one segment', [allow(to({ paths: ['/users/{*}/cart'] }))], { path: '/users/7/cart' }, true],
  ['a path template does not cross segments', [allow(to({ paths: ['/users/{*}/cart'] }))], { path: '/users/7/8/cart' }, false],
  ['a path template, any number', [allow(to({ paths: ['/users/{**}/cart'] }))], { path: '/users/7/8/cart' }, true],
  ['notPaths', [allow(to({ notPaths: ['/private*'] }))], { path: '/private/x' }, false],
  ['hosts, whatever their case', [allow(to({ hosts: ['SHOP.test'] }))], {}, true],
  ['hosts with the port', [allow(to({ hosts: ['shop.test:8080'] }))], {}, true],
  ['another host', [allow(to({ hosts: ['*.test.evil'] }))], {}, false],
  ['ports', [allow(to({ ports: ['8080'] }))], {}, true],
  ['another port', [allow(to({ ports: ['9090'] }))], {}, false],
  ['a principal', [allow({ from: [{ source: { requestPrincipals: ['https://id/*'] } }] })], { claims: {} }, true],
  ['nobody is no principal', [allow({ from: [{ source: { requestPrincipals: ['*'] } }] })], {}, false],
  ['a claim', [allow(when('request.auth.claims[role]', ['admin']))], { claims: { role: 'admin' } }, true],
  ['a claim that is a list', [allow(when('request.auth.claims[role]', ['admin']))], { claims: { role: ['a', 'admin'] } }, true],
  [
    'a claim that is a list as text',
    [allow(when('request.auth.claims[scope]', ['write']))],
    { claims: { scope: 'read write' } },
    true,
  ],
  ['a nested claim', [allow(when('request.auth.claims[realm][roles]', ['x']))], { claims: { realm: { roles: ['x'] } } }, true],
  ['a claim nobody has', [allow(when('request.auth.claims[role]', ['*']))], { claims: {} }, false],
  ['a claim of the prototype', [allow(when('request.auth.claims[constructor]', ['*']))], { claims: {} }, false],
  ['notValues', [deny(when('request.auth.claims[role]', [], ['admin']))], { claims: { role: 'admin' } }, true],
  ['notValues of nobody', [deny(when('request.auth.claims[role]', [], ['admin']))], {}, false],
  ['a header', [allow(when('request.headers[X-Team]', ['blue']))], { headers: { 'x-team': 'blue' } }, true],
  ['an audience', [allow(when('request.auth.audiences', ['shop']))], { claims: { aud: ['x', 'shop'] } }, true],
  ['ALLOW by what cannot be judged allows nothing', [allow({ from: [{ source: { principals: ['*'] } }] })], {}, false],
  ['ALLOW by a key nobody knows allows nothing', [allow(when('source.certificate', ['*']))], {}, false],
  ['DENY by what cannot be judged denies', [deny({ from: [{ source: { notNamespaces: ['shop'] } }] })], {}, false],
  [
    'DENY by what cannot be judged still needs the rest',
    [deny({ from: [{ source: { ipBlocks: ['10.0.0.0/8'] } }], ...to({ paths: ['/admin'] }) })],
    {},
    true,
  ],
  ['CUSTOM denies what it matches', [{ action: 'CUSTOM', rules: [to({ paths: ['/admin'] })] }], { path: '/admin' }, false],
  ['AUDIT decides nothing', [{ action: 'AUDIT', rules: [{}] }], {}, true],
])('%s', (_, specs, asked, expected) => {
  expect(isAllowed(specs, asked)).toBe(expected);
});
