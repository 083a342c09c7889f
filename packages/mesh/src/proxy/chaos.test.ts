/**
 * Upstreams that come, go, break and answer early, clients that leave in the middle: whatever happens, an answer is whole, and it
 * is the answer to the request it was sent for.
 */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const requests = 1500;
const clients = 16;

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** Sends the body back, most of the time; in one piece or two, with a length or in chunks. */
const moody: RequestListener = (request, response) => {
  const mood = below(20);
  response.setHeader('x-id', request.headers['x-id'] ?? '');
  request.on('error', () => undefined);
  if (mood === 0) request.socket.resetAndDestroy();
  else if (mood === 1) response.writeHead(413).end('too large');
  else void answerSlowly(request, mood).catch(() => undefined);

  async function answerSlowly(from: IncomingMessage, answerMood: number): Promise<void> {
    const body = Buffer.concat((await from.toArray()) as Buffer[]);
    await sleep(below(3));
    if (answerMood < 8) response.setHeader('content-length', body.length);
    response.write(body.subarray(0, body.length >> 1));
    if (answerMood === 2) response.socket?.resetAndDestroy();
    else setImmediate(() => response.end(body.subarray(body.length >> 1)));
  }
};

/** `ok` when the answer is whole and for this request; a status; or `broken` when the connection was. */
async function ask(port: number, agent: Agent, id: string): Promise<string> {
  const method = ['GET', 'POST', 'PUT'][below(3)] ?? 'GET';
  const body = Buffer.alloc(method === 'GET' ? 0 : ([0, 10, 5_000, 70_000, 200_000][below(5)] ?? 0), id);
  const isChunked = below(2) === 0 && body.length > 0;
  const headers = {
    host: 'localhost',
    'x-id': id,
    ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
  };
  const request = httpRequest({ host: '127.0.0.1', port, agent, method, headers });
  request.on('error', () => undefined);
  try {
    request.write(body.subarray(0, body.length >> 2));
    setImmediate(() => request.end(body.subarray(body.length >> 2)));
    if (below(50) === 0) setTimeout(() => request.destroy(), below(5));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const received = Buffer.concat((await response.toArray()) as Buffer[]);
    if (response.statusCode !== 200) return String(response.statusCode);
    return response.headers['x-id'] === id && received.equals(body) ? 'ok' : 'wrong';
  } catch {
    return 'broken';
  }
}

test('no answer is cut, mixed up or lost in silence', { timeout: 60_000 }, async () => {
  const proxy = new MeshProxy({ gatewayPort: 0 });
  const port = await proxy.listen();
  let backends: Backend[] = await Promise.all([startBackend(moody), startBackend(moody), startBackend(moody)]);
  await proxy.apply(snapshotTo(backends, { timeoutMs: 5_000 }));
  const outcomes: string[] = [];
  let sent = 0;
  const work = Array.from({ length: clients }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (sent < requests) outcomes.push(await ask(port, agent, String(++sent)));
    agent.destroy();
  });
  while (sent < requests) {
    const replacement = await startBackend(moody);
    const [oldest, ...others] = backends;
    backends = [...others, replacement];
    await proxy.apply(snapshotTo(backends, { timeoutMs: 5_000 }));
    await sleep(40);
    await oldest?.[Symbol.asyncDispose]();
  }
  await Promise.all(work);
  await proxy.close(1_000);
  await Promise.all(backends.map((backend) => backend[Symbol.asyncDispose]()));
  expect(outcomes.filter((outcome) => !['ok', 'broken', '413', '502', '503'].includes(outcome))).toEqual([]);
  expect(outcomes.filter((outcome) => outcome === 'ok').length).toBeGreaterThan(requests / 2);
});
