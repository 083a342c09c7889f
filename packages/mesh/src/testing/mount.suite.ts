/**
 * How requests between services behave, whichever way they are carried: the one conformance suite of both mounts of the proxy's core,
 * with `fetch`, undici's `request` and plain connections as callers.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultRetry } from '../resilience/retry.ts';
import type { Endpoint, Route, RouteAction } from '../snapshot/snapshot.ts';
import type { Backend } from './backend.ts';
import { describeBalancing } from './mount-balancing.suite.ts';
import type { MountCases } from './mount-cases.ts';
import { describeConnections } from './mount-connections.suite.ts';
import { describeStreaming } from './mount-streaming.suite.ts';
import { startEndpoint, startMount, webCluster } from './mounts.ts';
import type { MountKind, MountUnderTest } from './mounts.ts';
import { forwardTo, routeFor } from './snapshots.ts';

/** Where nothing listens. */
const deadEndpoint: Endpoint = { address: '127.17.250.250', port: 9 };

export function describeMount(kind: MountKind): void {
  let mount: MountUnderTest;
  const backends: Backend[] = [];

  beforeAll(async () => {
    mount = await startMount(kind);
  }, 30_000);
  afterAll(() => mount[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const backend of backends.splice(0)) await backend[Symbol.asyncDispose]();
  });

  async function backend(listener: RequestListener): Promise<Backend> {
    const started = await startEndpoint(listener, backends.length);
    backends.push(started);
    return started;
  }

  const saying = (text: string) => backend((_request, response) => response.end(text));
  const rule = (action: RouteAction, more: Partial<Route> = {}) => [{ ...routeFor('/', action), ...more }];

  describeConnections(() => mount);

  describe.each(['fetch', 'undici'] as const)('by %s', (by) => {
    const call: MountCases['call'] = (path, more = {}) => mount.call({ path, by, ...more });
    const cases: MountCases = { by, mount: () => mount, backend, saying, call };
    describeBalancing(cases);
    describeStreaming(cases);

    it('method, path, query, fields and body arrive as they were sent', async () => {
      const echo = await backend((request, response) => {
        void bodyOf(request).then((body) => {
          const { method, url, headers } = request;
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ method, url, headers, body }));
        });
      });
      await mount.apply({ [webCluster]: [echo] });
      const { status, text } = await call('/a%20b/c?d=1&e=%20', { method: 'PUT', headers: { 'X-One': 'two' }, body: '日本' });
      const seen = JSON.parse(text) as { method: string; url: string; headers: Record<string, string>; body: string };
      expect({ status, method: seen.method, url: seen.url, body: seen.body }).toEqual({
        status: 200,
        method: 'PUT',
        url: '/a%20b/c?d=1&e=%20',
        body: '日本',
      });
      expect(seen.headers).toMatchObject({ host: 'web:8080', 'x-one': 'two', 'content-length': '6' });
      expect(seen.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      expect(seen.headers.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-0[01]$/);
    });

    it('a form arrives with its boundary', async () => {
      const echo = await backend((request, response) => {
        void bodyOf(request).then((body) => response.end(`${request.headers['content-type'] ?? ''}\n${body}`));
      });
      await mount.apply({ [webCluster]: [echo] });
      const { text } = await call('/', { method: 'POST', form: { colour: 'indigo' } });
      const [, boundary = 'none'] = /^multipart\/form-data; boundary=(.+)\n/.exec(text) ?? [];
      expect(text).toContain(`--${boundary}\r\nContent-Disposition: form-data; name="colour"\r\n\r\nindigo\r\n`);
    });

    it('a trace and a request id that are there are kept', async () => {
      const echo = await backend((request, response) => response.end(JSON.stringify(request.headers)));
      await mount.apply({ [webCluster]: [echo] });
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      const { text } = await call('/', { headers: { traceparent, 'x-request-id': 'mine' } });
      const seen = JSON.parse(text) as Record<string, string>;
      // The hop may put a span of its own between.
      expect(seen.traceparent).toMatch(new RegExp(`^00-a{32}-[\\da-f]{16}-01$`));
      expect(seen['x-request-id']).toBe('mine');
    });

    it('weights hold within 3 σ', async () => {
      const [many, few] = [await saying('many'), await saying('few')];
      const destinations = [
        { cluster: webCluster, weight: 80 },
        { cluster: 'few.default:8080', weight: 20 },
      ];
      await mount.apply({ [webCluster]: [many], 'few.default:8080': [few] }, rule(forwardTo(webCluster, { destinations })));
      const total = 400;
      let hits = 0;
      for (let round = 0; round < total / 50; round++) {
        const answers = await mount.calls(50, { by });
        hits += answers.filter(({ text }) => text === 'few').length;
      }
      expect(Math.abs(hits - total * 0.2)).toBeLessThan(3 * Math.sqrt(total * 0.2 * 0.8));
    });

    it('a rule by header takes its requests, and one without a match is told so', async () => {
      const [stable, beta] = [await saying('stable'), await saying('beta')];
      await mount.apply({ [webCluster]: [stable], 'beta.default:8080': [beta] }, [
        { name: 'beta', matches: [{ headers: { 'x-beta': { exact: 'yes' } } }], action: forwardTo('beta.default:8080') },
        { name: 'by expression', matches: [{ uri: { regex: '/v[0-9]+' } }], action: forwardTo(webCluster) },
      ]);
      expect((await call('/', { headers: { 'x-beta': 'yes' } })).text).toBe('beta');
      expect((await call('/v12')).text).toBe('stable');
      expect(await call('/other')).toMatchObject({ status: 404, headers: { 'x-hikyaku-reason': 'no_route' } });
    });

    it('paths are rewritten and fields changed both ways', async () => {
      const echo = await backend((request, response) => {
        response.setHeader('x-inner', 'secret');
        response.end(JSON.stringify({ url: request.url, host: request.headers.host, added: request.headers['x-added'] }));
      });
      await mount.apply(
        { [webCluster]: [echo] },
        rule(forwardTo(webCluster, { rewrite: { uri: '/new/', authority: 'other' } }), {
          headers: {
            request: { remove: [], set: [['x-added', 'by the rule']], add: [] },
            response: { remove: ['x-inner'], set: [], add: [['x-outer', 'shown']] },
          },
        }),
      );
      const { text, headers } = await call('/old?q=1');
      expect(JSON.parse(text)).toEqual({ url: '/new/old?q=1', host: 'other', added: 'by the rule' });
      expect(headers['x-outer']).toBe('shown');
      expect(headers).not.toHaveProperty('x-inner');
    });

    it('a timeout ends the request with 504', async () => {
      const silent = await backend(() => undefined);
      await mount.apply({ [webCluster]: [silent] }, rule(forwardTo(webCluster, { timeoutMs: 150 })));
      const answer = await call('/');
      expect(answer).toMatchObject({ status: 504, headers: { 'x-hikyaku-reason': 'upstream_timeout' } });
      expect(answer.ms).toBeGreaterThan(140);
      expect(answer.ms).toBeLessThan(5_000);
    });

    it('a try that takes too long is made again at another endpoint', async () => {
      const silent = await backend(() => undefined);
      const quick = await saying('quick');
      const retry = { attempts: 1, perTryTimeoutMs: 150, retryOn: ['5xx'] };
      await mount.apply({ [webCluster]: [silent, quick] }, rule(forwardTo(webCluster, { retry })));
      const answers = await mount.calls(4, { by });
      expect(answers.map(({ text }) => text)).toEqual(['quick', 'quick', 'quick', 'quick']);
    });

    it('retries are as many as the rule says', async () => {
      let asked = 0;
      const failing = await backend((_request, response) => {
        asked++;
        response.writeHead(503).end(`failure ${asked}`);
      });
      await mount.apply({ [webCluster]: [failing] }, rule(forwardTo(webCluster, { retry: { attempts: 3, retryOn: ['503'] } })));
      expect(await call('/')).toMatchObject({ status: 503, text: 'failure 4' });
      expect(asked).toBe(4);
    });

    it.each(['the caller', 'the rule'])('an answer is asked for again when %s names its status', async (who) => {
      let asked = 0;
      const failing = await backend((_request, response) => {
        asked++;
        response.writeHead(503).end();
      });
      const header: [string, string] = ['x-envoy-retriable-status-codes', '429, 503'];
      const byRule = { headers: { request: { remove: [], set: [header], add: [] } } };
      const action = forwardTo(webCluster, { retry: defaultRetry });
      await mount.apply({ [webCluster]: [failing] }, rule(action, who === 'the rule' ? byRule : {}));
      const { status } = await call('/', who === 'the caller' ? { method: 'POST', headers: Object.fromEntries([header]) } : {});
      expect({ status, asked }).toEqual({ status: 503, asked: 3 });
    });

    it('an endpoint that refuses is passed over', async () => {
      const alive = await saying('alive');
      await mount.apply({ [webCluster]: [deadEndpoint, alive] });
      const answers = await mount.calls(6, { by, method: 'POST', body: 'once' });
      expect(answers.map(({ text }) => text)).toEqual(Array(6).fill('alive'));
    });

    it('a retry sends the body again from its start', async () => {
      const bodies: string[] = [];
      const failsOnce = await backend((request, response) => {
        void bodyOf(request).then((body) => {
          bodies.push(body);
          response.writeHead(bodies.length === 1 ? 503 : 200).end();
        });
      });
      const retry = { attempts: 1, retryOn: ['503'] };
      await mount.apply({ [webCluster]: [failsOnce] }, rule(forwardTo(webCluster, { retry })));
      expect((await call('/', { method: 'POST', body: 'the order' })).status).toBe(200);
      expect(bodies).toEqual(['the order', 'the order']);
    });

    it('faults delay and abort', async () => {
      const well = await saying('well');
      const fault = { delay: { durationMs: 120, percent: 100 }, abort: { status: 418, percent: 100 } };
      await mount.apply({ [webCluster]: [well] }, rule(forwardTo(webCluster), { policies: { fault } }));
      const answer = await call('/');
      expect(answer).toMatchObject({ status: 418, headers: { 'x-hikyaku-reason': 'fault_injected' } });
      expect(answer.ms).toBeGreaterThan(110);
    });

    it('rules answer and redirect by themselves', async () => {
      const unasked = await saying('unasked');
      await mount.apply({ [webCluster]: [unasked] }, [
        routeFor('/answer', { kind: 'respond', status: 203, body: 'from the rule' }),
        routeFor('/', { kind: 'redirect', status: 307, uri: '/elsewhere' }),
      ]);
      expect(await call('/answer')).toMatchObject({ status: 203, text: 'from the rule' });
      expect(await call('/else')).toMatchObject({ status: 307, headers: { location: 'http://web:8080/elsewhere' } });
    });

    it('a rule that leads to no endpoint answers 503 and says why', async () => {
      const unasked = await saying('unasked');
      const empty = { service: 'empty.default', endpoints: [], unavailable: 'no Pod matches its selector' };
      await mount.apply({ [webCluster]: [unasked], 'empty.default:8080': empty }, rule(forwardTo('empty.default:8080')));
      const answer = await call('/');
      expect(answer).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'no_endpoint' } });
      expect(answer.text).toContain('no Pod matches its selector');
    });

    it('a Service without any endpoint does not answer', async () => {
      await mount.apply({ [webCluster]: [] });
      const { status, error = '' } = await call('/');
      // A connection that is still open is answered.
      expect(`${status} ${error}`).toMatch(/ECONNREFUSED|^503/);
    });

    it('answers without a body have none', async () => {
      const bodyless = await backend((request, response) => {
        if (request.url === '/early') response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        response.writeHead(request.url === '/204' ? 204 : 200, request.url === '/204' ? {} : { 'content-length': '5' });
        response.end(request.method === 'HEAD' ? undefined : request.url === '/204' ? undefined : 'hello');
      });
      await mount.apply({ [webCluster]: [bodyless] });
      expect(await call('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '', headers: { 'content-length': '5' } });
      expect(await call('/204')).toMatchObject({ status: 204, text: '' });
      expect(await call('/early')).toMatchObject({ status: 200, text: 'hello' });
    });

    it('fields that come twice stay two', async () => {
      const cookies = await backend((_request, response) => {
        response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']);
        response.end();
      });
      await mount.apply({ [webCluster]: [cookies] });
      expect((await call('/')).headers['set-cookie']).toBe('a=1; Path=/|b=2');
    });

    it('every request is counted', async () => {
      // No other case has it, which could be told late.
      const status = by === 'fetch' ? 441 : 442;
      const counted = await backend((_request, response) => response.writeHead(status).end());
      await mount.apply({ [webCluster]: [counted] });
      await mount.calls(7, { by });
      await vi.waitUntil(() => mount.counted(status) >= 7, { timeout: 5_000 });
      expect(mount.counted(status)).toBe(7);
    });

    it('connections are used again', async () => {
      const ports = new Set<number>();
      const counting = await backend((request, response) => {
        ports.add(request.socket.remotePort ?? 0);
        response.end('ok');
      });
      await mount.apply({ [webCluster]: [counting] });
      for (let round = 0; round < 20; round++) expect((await call('/', { method: 'POST', body: 'x' })).text).toBe('ok');
      expect(ports.size).toBeLessThan(4);
    });

    it('a change of the rules under load loses no request', async () => {
      const [first, second] = [await saying('first'), await saying('second')];
      await mount.apply({ [webCluster]: [first] });
      await mount.tell({ kind: 'load', options: { url: 'http://web:8080/', by }, concurrency: 8 });
      for (let round = 0; round < 10; round++) {
        await mount.apply(
          { [webCluster]: round % 2 === 0 ? [second] : [first, second] },
          rule(forwardTo(webCluster), { name: `${round}` }),
        );
      }
      const { byStatus, errors } = await mount.stopLoad();
      expect(errors).toEqual([]);
      expect(Object.keys(byStatus)).toEqual(['200']);
    });
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat((await request.toArray()) as Buffer[]).toString();
}
