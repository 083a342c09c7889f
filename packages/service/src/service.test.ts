import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService, idempotent, problem, tokenSettings, Type, type Service } from './index.ts';
import { startPostgres, testSettings, until, type TestPostgres } from './testing/index.ts';

const config = { DATABASE_URL: Type.String() };
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
type Answer = { status: number; headers: Headers; body: Record<string, unknown> };
async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe('a service', () => {
  let url: string;
  let isAway = false;
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  let service: Service<typeof config>;
  let issuer: Server;
  let token: (claims: { iss: string; expiresAt: number; roles?: unknown }) => Promise<string>;

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'test' }] };
    issuer = createServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks)),
    );
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    token = ({ iss, expiresAt, roles }) =>
      new SignJWT(roles === undefined ? {} : { roles })
        .setProtectedHeader({ alg: 'ES256', kid: 'test' })
        .setSubject('u1')
        .setIssuer(iss)
        .setAudience('shop')
        .setExpirationTime(expiresAt)
        .sign(privateKey);
    const address = issuer.address();
    const jwksUrl = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}/jwks` : '';
    service = await createService({
      name: 'things',
      version: '1.2.3',
      config: { ...config, ...tokenSettings({ issuer: 'me', audience: 'shop' }) },
      env: { ...testSettings, DATABASE_URL: postgres.url('postgres'), JWKS_URL: jwksUrl },
    });
    service.http.post(
      '/things/:id',
      {
        schema: {
          params: Type.Object({ id: Type.Integer() }),
          querystring: Type.Object({ page: Type.Integer({ default: 1, minimum: 1 }) }),
          body: Type.Object({
            items: Type.Array(Type.Object({ quantity: Type.Integer({ minimum: 1, maximum: 99 }) }), { minItems: 1 }),
          }),
        },
      },
      ({ params, query }) => ({ id: params.id, page: query.page }),
    );
    service.http.get('/me', { config: { auth: 'required' } }, ({ user }) => ({ id: user?.id }));
    service.http.get('/engine-room', { config: { auth: 'required', role: 'operator' } }, ({ user }) => ({ roles: user?.roles }));
    service.http.get('/teapot', () => {
      throw problem(418, { detail: 'short and stout', spout: 1 });
    });
    service.http.get('/found/:name', { schema: { params: Type.Object({ name: Type.String() }) } }, ({ params }) =>
      service.database.query('SELECT $1::text', [params.name]),
    );
    service.http.get('/broken', () => {
      throw new Error('the password is hunter2');
    });
    await service.database.query('CREATE TABLE effects (n int PRIMARY KEY)');
    service.http.post('/once', async (request, reply) => {
      const answer = await idempotent({
        database: service.database,
        request,
        prepare: () => (isAway ? Promise.reject(away) : Promise.resolve(Math.random())),
        work: async (tx, random) => {
          await tx.query('INSERT INTO effects VALUES (1)');
          return { status: 202, body: { random } };
        },
      });
      return reply.code(answer.status).send(answer.body);
    });
    ({ url } = await service.start());
  });
  afterAll(async () => {
    await service.close();
    issuer.close();
  });

  it('converts parameters, applies defaults and leaves the body alone', async () => {
    expect((await ask(`${url}/things/7`, json({ items: [{ quantity: 1 }] }))).body).toEqual({ id: 7, page: 1 });
    const { status, headers, body } = await ask(
      `${url}/things/7`,
      json({ items: [{ quantity: '1' }, { quantity: 1e9 }, {}, { quantity: 1.5 }] }),
    );
    expect(status).toBe(400);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body.errors).toEqual([
      { in: 'body', pointer: '#/items/0/quantity', detail: 'must be integer' },
      { in: 'body', pointer: '#/items/1/quantity', detail: 'must be <= 99' },
      { in: 'body', pointer: '#/items/2/quantity', detail: 'is missing' },
      { in: 'body', pointer: '#/items/3/quantity', detail: 'must be integer' },
    ]);
    for (const page of ['0', '1.5', '1e3', ' 1', 'x'])
      expect((await ask(`${url}/things/7?page=${page}`, json({ items: [{ quantity: 1 }] }))).body.errors).toMatchObject([
        { in: 'query', pointer: '#/page' },
      ]);
  });

  it.each([
    ['an unknown path', '/nowhere', {}, 404],
    ['a path that cannot be decoded', '/things/%ff', { method: 'POST' }, 400],
    ['text that the database cannot hold', '/found/a%00b', {}, 400],
    ['a body that is not JSON', '/things/1', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['no body', '/things/1', { method: 'POST' }, 400],
    ['another content type', '/things/1', { method: 'POST', body: 'a,b', headers: { 'content-type': 'text/csv' } }, 415],
    ['a body that is too large', '/things/1', json('x'.repeat(2 ** 21)), 413],
    ['a problem of its own', '/teapot', {}, 418],
  ])('answers %s with a problem', async (_what, path, init, expected) => {
    const { status, headers, body } = await ask(url + path, init);
    expect(status).toBe(expected);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ type: 'about:blank', status: expected });
  });

  it('tells nothing of its insides when it breaks', async () => {
    expect((await ask(`${url}/broken`)).body).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500 });
  });

  it('lets in who has a token of the issuer, and challenges everybody else', async () => {
    const soon = Math.floor(Date.now() / 1000) + 60;
    const withToken = (value: string) => ask(`${url}/me`, { headers: { authorization: `Bearer ${value}` } });
    expect((await withToken(await token({ iss: 'me', expiresAt: soon }))).body).toEqual({ id: 'u1' });
    const missing = await ask(`${url}/me`);
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="things"']);
    for (const bad of [
      'nonsense',
      await token({ iss: 'other', expiresAt: soon }),
      await token({ iss: 'me', expiresAt: soon - 120 }),
    ]) {
      const refused = await withToken(bad);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  it('lets in with a role whose token has it, and tells all others that they may not', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 60;
    const withRoles = async (roles?: unknown) =>
      ask(`${url}/engine-room`, { headers: { authorization: `Bearer ${await token({ iss: 'me', expiresAt, roles })}` } });
    expect((await withRoles(['cook', 'operator'])).body).toEqual({ roles: ['cook', 'operator'] });
    for (const roles of [undefined, [], ['cook'], 'operator', { operator: true }, [['operator']]]) {
      const { status, headers, body } = await withRoles(roles);
      expect([status, body.detail]).toEqual([403, 'this is for users with the role operator']);
      expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    }
    expect((await ask(`${url}/engine-room`)).status).toBe(401);
  });

  it('refuses a route that asks for a role of nobody', async () => {
    const open = await createService({ name: 'open', version: '0', config: {}, env: testSettings });
    expect(() => open.http.get('/late', { config: { role: 'operator' } }, () => ({}))).toThrow(
      "GET /late asks for the role operator, so it needs { auth: 'required' } too",
    );
  });

  it('takes effect once per idempotency key, however many ask at the same time', async () => {
    const key = { 'idempotency-key': 'k1' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(`${url}/once`, json({ a: 1 }, key))));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await service.database.one('SELECT count(*) AS n FROM effects')).toEqual({ n: 1 });
    expect((await ask(`${url}/once`, json({ a: 1 }, key))).body).toEqual(answers[0]?.body);
    expect((await ask(`${url}/once`, json({ a: 2 }, key))).status).toBe(422);
    expect((await ask(`${url}/once`, json({ a: 1 }))).status).toBe(400);
  });

  it('answers a key that has its answer, and refuses it another request, although whoever it asks is away', async () => {
    const key = { 'idempotency-key': 'away' };
    await service.database.query('DELETE FROM effects');
    const first = await ask(`${url}/once`, json({ a: 1 }, key));
    isAway = true;
    expect((await ask(`${url}/once`, json({ a: 1 }, key))).body).toEqual(first.body);
    expect((await ask(`${url}/once`, json({ a: 2 }, key))).status).toBe(422);
    expect((await ask(`${url}/once`, json({ a: 1 }, { 'idempotency-key': 'new' }))).status).toBeGreaterThanOrEqual(500);
    isAway = false;
    await service.database.query('DELETE FROM effects');
    expect((await ask(`${url}/once`, json({ a: 1 }, { 'idempotency-key': 'new' }))).status).toBe(202);
  });

  it('says that a request with the same key is still being worked on when that takes too long', async () => {
    const key = { 'idempotency-key': 'slow' };
    await service.database.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [' POST /once slow']);
      const { status, headers } = await ask(`${url}/once`, json({ a: 1 }, key));
      expect([status, headers.get('retry-after')]).toEqual([409, '1']);
    });
  });

  it('describes itself: metrics by route, OpenAPI', async () => {
    await ask(`${url}/things/7`, json({ items: [{ quantity: 1 }] }));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/http_server_request_duration_seconds_count\{.*http_route="\/things\/:id".*\} \d+/);
    const { body } = await ask(`${url}/openapi.json`);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'things', version: '1.2.3' } });
    expect(Object.keys(body.paths ?? {})).toContain('/things/{id}');
  });
});

describe('starting and ending', () => {
  it('listens at once, says what it waits for, and answers 503 until it is there', async () => {
    const late = await startPostgres();
    await late.crash();
    const service = await createService({
      name: 'early',
      version: '0',
      config,
      env: { ...testSettings, DATABASE_URL: late.url('postgres') },
    });
    service.http.get('/data', () => service.database.one('SELECT 1 AS one'));
    const started = service.start();
    const url = await until('the port', () => {
      const [address] = service.http.addresses();
      return typeof address === 'object' && `http://127.0.0.1:${address.port}`;
    });
    const waiting = `database: waiting for 127.0.0.1:${new URL(late.url('x')).port} (connection refused)`;
    await until('the reason', async () => (await ask(`${url}/ready`)).body.detail === waiting);
    expect((await ask(`${url}/health`)).status).toBe(200);
    const early = await ask(`${url}/data`);
    expect([early.status, early.headers.get('retry-after'), early.body.detail]).toEqual([503, '1', waiting]);
    await late.revive();
    await started;
    expect((await ask(`${url}/ready`)).status).toBe(200);
    expect((await ask(`${url}/data`)).body).toEqual({ one: 1 });
    await service.close();
    await late.stop();
  });

  it('finishes what it has begun before it closes, and is not ready meanwhile', async () => {
    const service = await createService({
      name: 'slow',
      version: '0',
      config: {},
      env: { ...testSettings, DRAIN_DELAY_MS: '200' },
    });
    const entered = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    service.http.get('/slow', async () => {
      entered.resolve(undefined);
      await gate.promise;
      return { done: true };
    });
    const { url } = await service.start();
    const answer = ask(`${url}/slow`);
    await entered.promise;
    const closed = service.close();
    const ready = await ask(`${url}/ready`);
    expect([ready.status, ready.body.detail]).toEqual([503, 'shutting down']);
    gate.resolve(undefined);
    expect((await answer).body).toEqual({ done: true });
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('gives everything back when it cannot start', async () => {
    const holder = createTcpServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const service = await createService({ name: 'late', version: '0', config: {}, env: { ...testSettings, PORT: port } });
    await expect(service.start()).rejects.toThrow('EADDRINUSE');
    holder.close();
  });

  it('ends with 78 and every mistake on stderr when it is configured wrongly', async () => {
    const program = `import { createService, Type } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
      await createService({ name: 'x', version: '0', config: { DATABASE_URL: Type.String(), LIMIT: Type.Integer() }, env: { LIMIT: 'hunter2' } });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('DATABASE_URL is missing');
    expect(stderr).toContain('LIMIT must be integer');
    expect(stderr).not.toContain('hunter2');
  });

  it('is not ready before what it has to prepare is done, and does not start without it', async () => {
    const order: string[] = [];
    const service = await createService({ name: 'prepared', version: '0', config: {}, env: testSettings });
    service.beforeReady(async () => {
      const [address] = service.http.addresses();
      const port = typeof address === 'object' ? address.port : 0;
      const { status } = await ask(`http://127.0.0.1:${port}/ready`);
      order.push(`ready ${status}`);
    });
    await service.start();
    expect(order).toEqual(['ready 503']);
    await service.close();

    const broken = await createService({ name: 'unprepared', version: '0', config: {}, env: testSettings });
    broken.beforeReady(() => Promise.reject(new Error('no flour')));
    await expect(broken.start()).rejects.toThrow('no flour');
  });

  it('leaves signals alone once it is closed', async () => {
    const before = process.listenerCount('SIGTERM');
    const service = await createService({ name: 'quiet', version: '0', config: {}, env: testSettings });
    await service.start();
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await service.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('repeats a task, one run at a time, until it closes', async () => {
    const service = await createService({ name: 'tasks', version: '0', config: {}, env: testSettings });
    let runs = 0;
    let isRunning = false;
    let overlapped = false;
    service.task({
      name: 'count',
      everyMs: 1,
      run: async () => {
        overlapped ||= isRunning;
        isRunning = true;
        await delay(3);
        isRunning = false;
        if (++runs === 1) throw new Error('only logged');
      },
    });
    await service.start();
    await until('three runs', () => runs >= 3);
    await service.close();
    expect([overlapped, isRunning]).toEqual([false, false]);
  });
});
