import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inSpan, installTracing, SpanKind } from '../telemetry/trace.ts';
import type { Client } from './client.ts';
import { defineCall } from './contract.ts';
import { createClient } from './http-client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

let server: Server;
let client: Client;
let handle: Handler;
let calls = 0;

beforeAll(async () => {
  installTracing();
  server = createServer((request, response) => {
    calls++;
    handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createClient('thing-service', { baseUrl: baseUrl(), timeoutMs: 2000 });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function baseUrl(): string {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
}
const answer =
  (status: number, body: unknown): Handler =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
/** One after the other, the last one for ever. */
const inTurn = (...handlers: Handler[]): void => {
  calls = 0;
  handle = (request, response) => handlers[Math.min(calls, handlers.length) - 1]?.(request, response);
};
const Thing = Type.Object({ id: Type.String(), price: Type.Integer() });
const thingAt = <const Path extends string>(path: Path) =>
  defineCall({ provider: 'thing-service', method: 'GET', path, response: Thing });
const addThing = defineCall({
  provider: 'thing-service',
  method: 'POST',
  path: '/things',
  body: Type.Object({}),
  response: Thing,
});

describe('the client', () => {
  it('makes the call that a contract describes', async () => {
    const getThing = defineCall({
      provider: 'thing-service',
      method: 'PUT',
      path: '/shelves/:shelf/things/:id',
      query: Type.Object({ dry: Type.Boolean() }),
      body: Type.Object({ price: Type.Integer() }),
      response: Thing,
    });
    inTurn(async (request, response) => {
      const body: unknown = await json(request);
      return answer(200, { id: `${request.method ?? ''} ${request.url ?? ''}`, ...Object(body) })(request, response);
    });
    const request = { params: { shelf: 'a/b', id: '1' }, query: { dry: true }, body: { price: 3 } };
    expect(await client.call(getThing, request)).toEqual({ id: 'PUT /shelves/a%2Fb/things/1?dry=true', price: 3 });
  });

  it('fills in the path, sends the trace along, and parses what it asked for', async () => {
    let seen: IncomingMessage | undefined;
    inTurn((request, response) => {
      seen = request;
      answer(200, { id: 'a b', price: 100, unknown: true })(request, response);
    });
    const traceId = await inSpan('test', SpanKind.INTERNAL, {}, async (span) => {
      const searched = defineCall({ ...thingAt('/things/:id'), query: Type.Object({ q: Type.String() }) });
      const thing = await client.call(searched, { params: { id: 'a b' }, query: { q: '茶' }, token: 't' });
      expect(thing.price).toBe(100);
      return span.spanContext().traceId;
    });
    expect(seen?.url).toBe('/things/a%20b?q=%E8%8C%B6');
    expect(seen?.headers).toMatchObject({ authorization: 'Bearer t', traceparent: expect.stringContaining(traceId) as string });
  });

  it('refuses an answer that does not fit', async () => {
    inTurn(answer(200, { id: 'a', price: 'free' }));
    await expect(client.call(thingAt('/things/1'), {})).rejects.toMatchObject({
      code: 'CLIENT_RESPONSE',
      message: expect.stringContaining('#/price') as string,
    });
  });

  it('hands over the problem of the other side', async () => {
    inTurn(answer(409, { type: 'about:blank', title: 'Conflict', status: 409, detail: 'taken' }));
    await expect(client.call(addThing, { body: {} })).rejects.toMatchObject({
      code: 'CLIENT_STATUS',
      status: 409,
      problem: { detail: 'taken' },
    });
    expect(calls).toBe(1);
  });

  it('repeats what may be repeated when the other side is overloaded or breaks off', async () => {
    const breakOff: Handler = (request) => request.socket.destroy();
    inTurn(answer(503, {}), breakOff, answer(200, { id: 'a', price: 1 }));
    expect(await client.call(thingAt('/things/1'), {})).toEqual({ id: 'a', price: 1 });
    inTurn(answer(503, {}), answer(200, { id: 'a', price: 1 }));
    expect(await client.call(addThing, { body: {}, idempotencyKey: 'k' })).toEqual({ id: 'a', price: 1 });
    inTurn(answer(503, {}), answer(200, {}));
    await expect(client.call(addThing, { body: {} })).rejects.toMatchObject({ status: 503 });
    expect(calls).toBe(1);
  });

  it('gives up in time', async () => {
    inTurn(() => undefined);
    await expect(client.call(thingAt('/slow'), { timeoutMs: 30 })).rejects.toMatchObject({ code: 'CLIENT_TIMEOUT' });
  });

  it('gives up in time in the middle of an answer, too, and when its caller does', async () => {
    inTurn((_request, response) => response.writeHead(200).write('{"id":'));
    await expect(client.call(thingAt('/slow'), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'CLIENT_TIMEOUT' });
    const given = new AbortController();
    handle = () => given.abort(new Error('not wanted any more'));
    await expect(client.call(thingAt('/slow'), { signal: given.signal })).rejects.toThrow('not wanted any more');
    await expect(client.call(thingAt('/slow'), { signal: given.signal })).rejects.toThrow('not wanted any more');
  });

  it('does not follow a redirect', async () => {
    inTurn((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    await expect(client.call(thingAt('/moved'), {})).rejects.toMatchObject({ code: 'CLIENT_STATUS', status: 302 });
    expect(calls).toBe(1);
  });

  it('says so when nobody is there', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    closed.close();
    await once(closed, 'close');
    const nobody = createClient('nobody', { baseUrl: `http://127.0.0.1:${port}` });
    await expect(nobody.call(thingAt('/'), {})).rejects.toMatchObject({
      code: 'CLIENT_UNREACHABLE',
      message: 'nobody: GET /: ECONNREFUSED',
    });
  });
});
