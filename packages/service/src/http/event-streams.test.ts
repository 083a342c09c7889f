import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { fastify, type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../testing/until.ts';
import { type StreamSource, eventStreams, type EventStreamsOptions } from './event-streams.ts';
import { handleErrors } from './error-handler.ts';

let http: FastifyInstance;
let url: string;
/** How many sources are at work. */
let telling = 0;
afterEach(() => http.close());

/** A service with a stream of these events at /stream. */
async function serve(source: StreamSource, options: Omit<EventStreamsOptions, 'log'> = {}): Promise<void> {
  http = fastify({ forceCloseConnections: 'idle' });
  handleErrors(http);
  eventStreams(http, { log: pino({ level: 'silent' }), ...options });
  http.get('/stream', (_request, reply) =>
    reply.streamEvents(async function* (signal) {
      telling += 1;
      try {
        yield* source(signal);
      } finally {
        telling -= 1;
      }
    }),
  );
  url = await http.listen({ host: '127.0.0.1', port: 0 });
}

/** Waits for the signal, as somebody does who has nothing to tell. */
const silence = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });

const forever: StreamSource = async function* (signal) {
  yield { id: '1', event: 'tick', data: 1 };
  await silence(signal);
};

/** Listens, and keeps what has come. */
async function listen(): Promise<{ answer: IncomingMessage; heard: () => string; leave: () => void }> {
  const request = get(`${url}/stream`, { agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let heard = '';
  answer.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
  answer.on('error', () => undefined);
  return { answer, heard: () => heard, leave: () => request.destroy() };
}

describe('a stream of events', () => {
  it('is what the source tells, and ends with it', async () => {
    await serve(async function* () {
      yield { id: '1', event: 'order', data: { note: 'a\nb' } };
      yield await Promise.resolve({ event: 'saga', data: [2] });
    });
    const response = await fetch(`${url}/stream`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toMatch(
      /^retry: \d+\n\nid: 1\nevent: order\ndata: \{"note":"a\\nb"\}\n\nevent: saga\ndata: \[2\]\n\n$/,
    );
  });

  it('says now and then that it is still there', async () => {
    await serve(forever, { heartbeatMs: 10 });
    const { heard } = await listen();
    await until('three heartbeats', () => heard().split(':\n\n').length > 3);
  });

  it('lets the source go when the listener leaves', async () => {
    await serve(forever);
    const { heard, leave } = await listen();
    await until('the first event', () => heard().includes('id: 1'));
    leave();
    await until('the source to end', () => telling === 0);
  });

  it('lets the source go also when the listener leaves while it is behind', async () => {
    let told = 0;
    await serve(async function* () {
      await Promise.resolve();
      for (;;) yield { event: 'much', data: 'x'.repeat((told += 1) && 1_000_000) };
    });
    const { answer, leave } = await listen();
    answer.pause();
    let before = -1;
    await until('the source to wait', () => (before === told ? true : void (before = told)));
    expect(telling).toBe(1);
    leave();
    await until('the source to end', () => telling === 0);
  });

  it('ends with its service, and does not keep that from closing', async () => {
    await serve(forever);
    const listeners = await Promise.all([listen(), listen()]);
    await until('both events', () => listeners.every(({ heard }) => heard().includes('id: 1')));
    const ends = listeners.map(({ answer }) => once(answer, 'end'));
    await http.close();
    await Promise.all(ends);
    expect(telling).toBe(0);
  });

  it('ends after a while, whatever there is to tell', async () => {
    await serve(forever, { longestMs: 20 });
    const { answer } = await listen();
    await once(answer, 'end');
  });

  it('ends when its source fails', async () => {
    await serve(async function* () {
      yield await Promise.resolve({ event: 'tick', data: 1 });
      throw new Error('the database is away');
    });
    expect(await (await fetch(`${url}/stream`)).text()).toMatch(/event: tick\ndata: 1\n\n$/);
  });

  it('is refused when there are too many, until one ends', async () => {
    await serve(forever, { mostAtOnce: 1 });
    const { leave } = await listen();
    const refused = await fetch(`${url}/stream`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    leave();
    await until('room again', async () => {
      const { answer } = await listen();
      return answer.statusCode === 200;
    });
  });

  it('begins for nobody who asks for the head alone', async () => {
    await serve(forever);
    const response = await fetch(`${url}/stream`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type'), telling]).toEqual([200, 'text/event-stream', 0]);
  });
});
