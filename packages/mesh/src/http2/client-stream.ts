/**
 * One request on an HTTP/2 connection to an upstream.
 */
import { STATUS_CODES } from 'node:http';
import { constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { ResponseHead } from '../http/response-head.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import { combinedField } from '../http/fields.ts';
import { announcedLength, receivedFields, sentFields, sentTrailers } from './fields.ts';

export interface ClientStreamOptions {
  session: ClientHttp2Session;
  scheme: 'http' | 'https';
  request: OutgoingRequest;
  events: ResponseEvents;
  /** Asked when the stream has failed: whether the upstream can have acted on it. */
  mayHaveBeenProcessed: (stream: ClientHttp2Stream) => boolean;
  onClose: () => void;
}

export class ClientStream implements UpstreamStream {
  readonly #options: ClientStreamOptions;
  readonly #stream: ClientHttp2Stream;
  /** Undefined when the answer is complete, has failed, or is no longer wanted. */
  #events: ResponseEvents | undefined;
  #requestTrailers: readonly string[] = [];
  #trailers: readonly string[] = [];
  #error: Error | undefined;

  constructor(options: ClientStreamOptions) {
    const { session, request, scheme, events, onClose } = options;
    this.#options = options;
    this.#events = events;
    this.#stream = session.request(requestFields(request, scheme), {
      endStream: request.body === 'none',
      // Trailers may follow only where no length says that nothing does.
      waitForTrailers: request.body === 'chunked',
    });
    this.#listen();
    this.#stream.once('close', onClose);
  }

  write(data: Buffer): boolean {
    return this.#stream.writableEnded || data.length === 0 || this.#stream.write(data);
  }

  end(trailers: readonly string[]): void {
    this.#requestTrailers = trailers;
    this.#stream.end();
  }

  resume(): void {
    this.#stream.resume();
  }

  abandon(): void {
    this.#events = undefined;
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #listen(): void {
    const stream = this.#stream;
    stream.on('headers', (_fields, _flags, raw) => this.#events?.onInformation(responseHead(raw, false)));
    stream.once('response', (_fields, flags, raw) =>
      this.#events?.onHead(responseHead(raw, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)),
    );
    stream.on('data', (data: Buffer) => {
      if (this.#events?.onData(data) === false) stream.pause();
    });
    stream.once('trailers', (_fields, _flags, raw: string[]) => (this.#trailers = raw));
    stream.once('end', this.#onEnd);
    stream.on('drain', () => this.#events?.onUpstreamDrain());
    stream.once('wantTrailers', () => stream.sendTrailers(sentTrailers(this.#requestTrailers)));
    stream.on('error', (error: Error) => (this.#error = error));
    stream.once('close', this.#onClose);
  }

  readonly #onEnd = (): void => {
    const stream = this.#stream;
    // What was broken off ends as well; the close that comes after tells.
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    const events = this.#events;
    this.#events = undefined;
    // The upstream has answered without the rest of the request.
    if (!stream.writableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
    events?.onEnd(this.#trailers);
  };

  readonly #onClose = (): void => {
    const events = this.#events;
    this.#events = undefined;
    if (events === undefined) return;
    const stream = this.#stream;
    const code = stream.rstCode === constants.NGHTTP2_NO_ERROR ? '' : ` (${errorNames[stream.rstCode] ?? stream.rstCode})`;
    const error = new Error(`the HTTP/2 stream was broken off${code}`, { cause: this.#error });
    events.onFailure(error, this.#options.mayHaveBeenProcessed(stream));
  };
}

function requestFields({ method, target, fields, acceptsTrailers }: OutgoingRequest, scheme: string): string[] {
  const authority = combinedField(fields, 'host') ?? '';
  const sent = sentFields([':method', method, ':scheme', scheme, ':authority', authority, ':path', target], fields);
  if (acceptsTrailers === true) sent.push('te', 'trailers');
  return sent;
}

function responseHead(raw: readonly string[], isWhole: boolean): ResponseHead {
  const { pseudo, fields } = receivedFields(raw);
  const status = Number(pseudo.get(':status'));
  const lengthBytes = announcedLength(fields);
  return {
    status,
    reason: STATUS_CODES[status] ?? '',
    minorVersion: 1,
    isPersistent: true,
    fields,
    framing: isWhole ? { kind: 'none' } : lengthBytes === undefined ? { kind: 'chunked' } : { kind: 'length', lengthBytes },
  };
}

/** By error code (RFC 9113 §7). */
const errorNames = [
  'NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR',
  'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED',
]; // prettier-ignore
