import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { freePort, send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { authorizationPolicy, createIssuer, requestAuthentication, webBehindGateway } from '../testing/policies.ts';
import type { Issuer } from '../testing/policies.ts';
import { endpointSlice, gateway, httpServer, service, virtualService } from '../testing/resources.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let backend: Backend;
let issuer: Issuer;

beforeAll(async () => {
  issuer = await createIssuer();
});

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
  backend = await startBackend((request, response) =>
    response.end(JSON.stringify({ url: request.url, headers: request.headers })),
  );
});

afterEach(async () => {
  await proxy.close(0);
  await backend[Symbol.asyncDispose]();
});

async function apply(more: Partial<MeshResources>): Promise<string[]> {
  const snapshot = compile(webBehindGateway(backend, more));
  await proxy.apply(snapshot);
  return snapshot.warnings;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const seen = (reply: { json(): unknown }) => reply.json() as { url: string; headers: Record<string, string> };
const rule = () => ({ issuer: issuer.name, jwks: issuer.jwks });

describe('a RequestAuthentication', () => {
  test('lets requests without a token pass, and those with a good one, which goes no further', async () => {
    expect(await apply({ requestAuthentications: [requestAuthentication(rule())] })).toEqual([]);
    expect((await send(port, '/')).status).toBe(200);
    const reply = await send(port, '/', { headers: bearer(await issuer.sign()) });
    expect(reply.status).toBe(200);
    expect(seen(reply).headers).not.toHaveProperty('authorization');
  });

  test('forwards the token when told to', async () => {
    await apply({ requestAuthentications: [requestAuthentication({ ...rule(), forwardOriginalToken: true })] });
    const headers = bearer(await issuer.sign());
    expect(seen(await send(port, '/', { headers })).headers).toMatchObject(headers);
  });

  test.each<[string, () => Promise<string> | string, number, RegExp]>([
    ['that is none', () => 'abc', 401, /issuer of the token is none that is trusted/],
    ['of another issuer', () => issuer.sign({ iss: 'https://evil.test' }), 401, /issuer of the token is none that is trusted/],
    ['that has expired', () => issuer.sign({ aud: 'shop', exp: Math.floor(Date.now() / 1000) - 120 }), 401, /has expired/],
    ['that is not valid yet', () => issuer.sign({ aud: 'shop', nbf: Math.floor(Date.now() / 1000) + 600 }), 401, /nbf/],
    ['for another audience', () => issuer.sign({ aud: 'billing' }), 403, /aud/],
    [
      'signed with a key of somebody else',
      async () => (await createIssuer(issuer.name)).sign(),
      401,
      /signature of the token is wrong/,
    ],
    [
      'signed with an unknown key',
      async () => (await createIssuer(issuer.name, 'key-9')).sign(),
      401,
      /key that its issuer does not publish/,
    ],
    ['that was changed', async () => `${(await issuer.sign()).split('.').slice(0, 2).join('.')}.AAAA`, 401, /signature/],
  ])('refuses a token %s', async (_, token, status, detail) => {
    await apply({ requestAuthentications: [requestAuthentication({ ...rule(), audiences: ['shop'] })] });
    const reply = await send(port, '/cart', { headers: bearer(await token()) });
    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({
      'x-hikyaku-reason': 'unauthenticated',
      'www-authenticate': `Bearer realm="http://localhost:${port}/cart", error="invalid_token"`,
    });
    expect((reply.json() as { detail: string }).detail).toMatch(detail);
  });

  test('refuses an unsigned token', async () => {
    await apply({ requestAuthentications: [requestAuthentication(rule())] });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ iss: issuer.name, sub: 'root' })}.`;
    expect((await send(port, '/', { headers: bearer(token) })).status).toBe(401);
  });

  test('refuses a token that was good once it has expired', async () => {
    await apply({ requestAuthentications: [requestAuthentication(rule())] });
    const headers = bearer(await issuer.sign());
    expect((await send(port, '/', { headers })).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
    try {
      expect((await send(port, '/', { headers })).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  test('looks where it is told, and takes the token out of the query', async () => {
    const places = { fromHeaders: [{ name: 'X-Token', prefix: 'jwt ' }], fromParams: ['token'], fromCookies: ['session'] };
    await apply({ requestAuthentications: [requestAuthentication({ ...rule(), ...places })] });
    const token = await issuer.sign();
    expect(seen(await send(port, `/a?b=%20&token=${token}&c=1`))).toMatchObject({ url: '/a?b=%20&c=1' });
    for (const headers of [{ 'x-token': `jwt ${token}` }, { cookie: `a=1; session=${token}` }])
      expect((await send(port, '/', { headers })).status).toBe(200);
    for (const headers of [{ 'x-token': 'jwt bad' }, { cookie: 'session=bad' }])
      expect((await send(port, '/', { headers })).status).toBe(401);
    // Not among the places: nobody's business.
    expect((await send(port, '/', { headers: bearer('bad') })).status).toBe(200);
  });

  test('tells the upstream who it is, and lets nobody else tell it', async () => {
    const outputs = {
      outputPayloadToHeader: 'x-payload',
      outputClaimToHeaders: [
        { header: 'x-user', claim: 'sub' },
        { header: 'x-tier', claim: 'plan.tier' },
      ],
    };
    await apply({ requestAuthentications: [requestAuthentication({ ...rule(), ...outputs })] });
    const forged = { 'x-user': 'root', 'x-payload': 'e30' };
    const anonymous = seen(await send(port, '/', { headers: forged }));
    for (const name of Object.keys(forged)) expect(anonymous.headers).not.toHaveProperty(name);
    const token = await issuer.sign({ plan: { tier: 'gold' } });
    const { headers } = seen(await send(port, '/', { headers: { ...forged, ...bearer(token) } }));
    expect(headers).toMatchObject({ 'x-user': 'hanako', 'x-tier': 'gold', 'x-payload': token.split('.')[1] });
  });

  test('whose keys cannot be read refuses every token, and says so', async () => {
    const warnings = await apply({ requestAuthentications: [requestAuthentication({ issuer: issuer.name, jwks: '{' })] });
    expect(warnings.join()).toMatch(
      /RequestAuthentication istio-system\/jwt, rule 1: its jwks is no JSON.*every token of it is refused/,
    );
    expect((await send(port, '/', { headers: bearer(await issuer.sign()) })).status).toBe(401);
    expect((await send(port, '/')).status).toBe(200);
  });

  test('is for calls between services too, and for what the gateway sends there', async () => {
    const spec = { selector: { matchLabels: { app: 'web' } } };
    await apply({ requestAuthentications: [requestAuthentication(rule(), spec)] });
    expect((await send(port, '/', { headers: bearer('bad') })).status).toBe(401);
    expect((await send(port, '/', { headers: bearer(await issuer.sign()) })).status).toBe(200);
  });

  test('survives a new snapshot without asking for the keys again', async () => {
    let fetches = 0;
    await using keys = await startBackend((_, response) => {
      fetches++;
      response.end(issuer.jwks);
    });
    const more = {
      requestAuthentications: [requestAuthentication({ issuer: issuer.name, jwksUri: 'http://id.default/jwks.json' })],
      services: [service('web', { portName: 'http' }), service('id')],
      endpointSlices: [endpointSlice('web', [backend], 'http'), endpointSlice('id', [keys])],
    };
    const token = await issuer.sign();
    await apply(more);
    expect((await send(port, '/', { headers: bearer(token) })).status).toBe(200);
    await apply(more);
    expect((await send(port, '/', { headers: bearer(token) })).status).toBe(200);
    expect((await send(port, '/', { headers: bearer(await issuer.sign({ sub: 'taro' })) })).status).toBe(200);
    expect(fetches).toBe(1);
  });
});

describe('an AuthorizationPolicy', () => {
  const requireToken = authorizationPolicy('require-token', {
    action: 'DENY',
    rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }], to: [{ operation: { notPaths: ['/public*'] } }] }],
  });

  test('can require a token', async () => {
    await apply({ requestAuthentications: [requestAuthentication(rule())], authorizationPolicies: [requireToken] });
    const denied = await send(port, '/cart');
    expect(denied).toMatchObject({ status: 403, headers: { 'x-hikyaku-reason': 'denied' } });
    expect(denied.text).toContain('AuthorizationPolicy istio-system/require-token denies it');
    expect((await send(port, '/public/x')).status).toBe(200);
    expect((await send(port, '/public/../cart')).status).toBe(403);
    expect((await send(port, '/cart', { headers: bearer(await issuer.sign()) })).status).toBe(200);
  });

  test('at the destination holds for what comes through the gateway', async () => {
    const spec = {
      selector: { matchLabels: { app: 'web' } },
      rules: [{ when: [{ key: 'request.auth.claims[role]', values: ['admin'] }] }],
    };
    await apply({
      requestAuthentications: [requestAuthentication(rule(), { selector: spec.selector })],
      authorizationPolicies: [authorizationPolicy('admins', spec)],
    });
    expect((await send(port, '/')).status).toBe(403);
    expect((await send(port, '/', { headers: bearer(await issuer.sign({ role: ['user'] })) })).status).toBe(403);
    expect((await send(port, '/', { headers: bearer(await issuer.sign({ role: ['user', 'admin'] })) })).status).toBe(200);
  });

  test('that names a port holds on that one', async () => {
    const further = await freePort();
    await apply({
      gateways: [gateway('public', [httpServer(['*']), httpServer(['*'], further)])],
      authorizationPolicies: [
        authorizationPolicy('closed', { action: 'DENY', rules: [{ to: [{ operation: { ports: [String(further)] } }] }] }),
      ],
    });
    expect([(await send(port, '/')).status, (await send(further, '/')).status]).toEqual([200, 403]);
  });
});

test('a VirtualService routes by the claims of the token', async () => {
  await using admins = await startBackend((_, response) => response.end('admins'));
  await apply({
    requestAuthentications: [requestAuthentication(rule())],
    services: [service('web', { portName: 'http' }), service('admin')],
    endpointSlices: [endpointSlice('web', [backend], 'http'), endpointSlice('admin', [admins])],
    virtualServices: [
      virtualService('web', {
        gateways: ['public'],
        http: [
          {
            match: [{ headers: { '@request.auth.claims.groups': { exact: 'Admin' } } }],
            route: [{ destination: { host: 'admin' } }],
          },
          { route: [{ destination: { host: 'web' } }] },
        ],
      }),
    ],
  });
  const headers = bearer(await issuer.sign({ groups: ['Staff', 'Admin'] }));
  expect((await send(port, '/', { headers })).text).toBe('admins');
  expect((await send(port, '/', { headers: bearer(await issuer.sign()) })).text).not.toBe('admins');
  expect(
    (await send(port, '/', { headers: { '@request.auth.claims.groups': 'Admin' } }).catch(() => ({ text: '' }))).text,
  ).not.toBe('admins');
});
