/**
 * Server-sent events (HTML standard, section 9.2): a route answers with what a source tells, for as long as there is something to tell and
 * somebody who listens.
 *
 *   route ─► reply.streamEvents(source) ─► a message per event, a comment when there has been none for a while
 *                                           └─ ends when the source has ended, the listener left, the service drains, or after `longestMs`
 *
 * A listener that comes back after a stream has ended names the last id it saw (`Last-Event-ID`); to one that has seen everything there will
 * ever be, a route answers 204, which browsers take for the end. The plugin @fastify/sse was not taken: it knows neither a drain nor a
 * limit, and waits for ever when a listener that is behind leaves.
 */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { unavailable } from './error-handler.ts';

export type ServerSentEvent = {
  /** What a listener that comes back gives as `Last-Event-ID`. */
  readonly id?: string;
  /** Its kind. */
  readonly event: string;
  /** Sent as JSON. */
  readonly data: unknown;
};

/** Tells until there is nothing more to tell; has to end, in whatever way, when the signal aborts. What it throws ends the stream: the listener comes back. */
export type StreamSource = (signal: AbortSignal) => AsyncIterable<ServerSentEvent>;

declare module 'fastify' {
  interface FastifyReply {
    /** Answers 200 with the events of `source`. Throws a 503 problem when the process has as many streams open as it bears. */
    streamEvents(source: StreamSource): FastifyReply;
  }
}

export type EventStreamsOptions = {
  readonly log: Logger;
  /** Streams of this process. Default 1000. */
  readonly mostAtOnce?: number;
  /** Whoever is silent for longer has lost the connection. Default 10 s. */
  readonly heartbeatMs?: number;
  /** After it a listener has to come back, with a token that is still good. Default 15 minutes. */
  readonly longestMs?: number;
};

export function eventStreams(http: FastifyInstance, options: EventStreamsOptions): void {
  const { mostAtOnce = 1000, longestMs = 15 * 60_000 } = options;
  const open = new Set<AbortController>();
  http.addHook('preClose', (done) => {
    for (const ending of open) ending.abort();
    done();
  });
  http.decorateReply('streamEvents', function (source) {
    // The connection is the stream's own, and has nobody to wait for once it has ended.
    this.headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' });
    if (this.request.method === 'HEAD') return this.send();
    if (open.size >= mostAtOnce) throw unavailable('too many streams are open');
    const ending = new AbortController();
    open.add(ending);
    const longest = setTimeout(() => ending.abort(), longestMs).unref();
    const stream = new PassThrough().once('close', () => {
      clearTimeout(longest);
      open.delete(ending);
      ending.abort();
    });
    void pump(stream, source, ending.signal, options);
    return this.send(stream);
  });
}

async function pump(
  stream: PassThrough,
  source: StreamSource,
  signal: AbortSignal,
  { log, heartbeatMs = 10_000 }: EventStreamsOptions,
): Promise<void> {
  const heartbeat = setInterval(() => stream.writableNeedDrain || stream.write(':\n\n'), heartbeatMs);
  try {
    // Said at once, for the answer begins with it. All come back when the process drains, so not all in the same moment.
    stream.write(`retry: ${500 + Math.round(Math.random() * 1000)}\n\n`);
    for await (const event of source(signal)) {
      if (!stream.write(toMessage(event))) await once(stream, 'drain', { signal });
      heartbeat.refresh();
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'a stream of events ended early');
  } finally {
    clearInterval(heartbeat);
    // What a listener does not take, it would not take later either.
    if (stream.writableNeedDrain) stream.destroy();
    else stream.end();
  }
}

function toMessage({ id, event, data }: ServerSentEvent): string {
  if (/[\r\n\0]/.test(`${id ?? ''}${event}`)) throw new TypeError('The id and the kind of an event stand on one line each.');
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
