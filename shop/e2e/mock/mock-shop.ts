/**
 * The page with a shop in memory behind it: one origin, as the gateway makes it. The page comes from the real storefront service.
 */
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createStorefront } from '../../web/server/storefront.ts';
import { type MockAnswer, problem } from './answer.ts';
import { bankPath, createMockApi, type MockApiOptions } from './api.ts';
import { someProducts } from './catalogue.ts';

export interface MockShopOptions extends Partial<MockApiOptions> {
  /** Default: a free one. */
  port?: number;
}

export type MockShop = Awaited<ReturnType<typeof startMockShop>>;

export async function startMockShop({ port = 0, products = someProducts, stepMs = 40 }: MockShopOptions = {}) {
  const storefront = await createStorefront({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'fatal', DRAIN_DELAY_MS: '0' });
  const { url: pageUrl } = await storefront.start();
  let api = createMockApi({ products, stepMs });
  /** Answers to give instead of the next ones, by path: what a shop in trouble says. `lost`: the work is done, but the gateway no longer waits. */
  const disturbances = new Map<string, (MockAnswer | 'lost')[]>();

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://shop');
    const followed = /^\/api\/orders\/([^/]+)\/events$/.exec(url.pathname)?.[1];
    if (followed !== undefined) void tellOf(followed, request, response);
    else if (url.pathname.startsWith('/api/')) void answerApi(request, response, url);
    else if (url.pathname.startsWith(bankPath)) void answerAsBank(request, response, url);
    else toStorefront(request, response, pageUrl);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  async function answerApi(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const sent = await text(request);
    const { authorization, 'idempotency-key': key } = request.headers;
    const disturbance = disturbances.get(url.pathname)?.shift();
    if (typeof disturbance === 'object') {
      send(response, disturbance);
      return;
    }
    const answer = api.answer({
      method: request.method ?? 'GET',
      url,
      headers: { authorization, idempotencyKey: String(key) },
      body: sent === '' ? undefined : JSON.parse(sent),
    });
    send(response, disturbance === 'lost' ? gatewayTimeout : answer);
  }

  /** As order-service tells: what changes, until nothing more will. */
  async function tellOf(orderId: string, { headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    let told = '';
    for (;;) {
      const news = api.tell(headers.authorization, orderId);
      // Forgotten while somebody listened.
      if (!news && response.headersSent) break;
      if (!news) {
        send(response, problem(404, 'There is no such order.'));
        return;
      }
      const { order, saga, version, isOver } = news;
      const text = `id: ${version}\nevent: order\ndata: ${JSON.stringify(order)}\n\nevent: saga\ndata: ${JSON.stringify(saga)}\n\n`;
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (text !== told) response.write(text);
      told = text;
      if (isOver || response.destroyed) break;
      await delay(stepMs / 2);
    }
    response.end();
  }

  /** The bank's page, as bare as can be: the real one has tests of its own. */
  async function answerAsBank(request: IncomingMessage, response: ServerResponse, { pathname }: URL): Promise<void> {
    const orderId = pathname.slice(bankPath.length);
    const answer = new URLSearchParams(await text(request)).get('answer');
    if (answer !== null) api.answerBank(orderId, answer === 'approve');
    const buttons = '<button name="answer" value="approve">Approve</button><button name="answer" value="refuse">Refuse</button>';
    const content =
      answer === null ? `<form method="post">${buttons}</form>` : `<a href="/orders/${orderId}">Back to the shop</a>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(content);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders: () => api.orders(),
    /** Who is signed in, and for how long. */
    sessions: () => api.sessions,
    /** The product is no longer sold, or there are so many of it. */
    restock: (id: string, stock: number | undefined) => api.restock(id, stock),
    /** The next calls to this path get these answers. */
    disturb: (path: string, ...answers: (MockAnswer | 'lost')[]) => void disturbances.set(path, answers),
    /** Forgets everybody and everything. */
    reset(): void {
      api = createMockApi({ products, stepMs });
      disturbances.clear();
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await storefront.close();
    },
  };
}

// Not a broken connection: a browser repeats even a POST by itself when a kept-alive connection ends without an answer.
const gatewayTimeout: MockAnswer = { status: 504, body: { title: 'Gateway Timeout' } };

function send(response: ServerResponse, { status, body }: MockAnswer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

function toStorefront(request: IncomingMessage, response: ServerResponse, pageUrl: string): void {
  const { method, headers } = request;
  const onward = forward(
    new URL(request.url ?? '/', pageUrl),
    { headers, ...(method === undefined ? {} : { method }) },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
