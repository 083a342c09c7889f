/**
 * Request bodies in all the forms undici takes them, delivered as the proxy's core reads them: when it wants them, and no faster.
 */
import { Readable } from 'node:stream';
import type { BodySink } from '../http/exchange.ts';
import { undiciError } from './undici.ts';

export interface RequestBody {
  /** Absent: not known before it ends. */
  readonly lengthBytes?: number;
  /** What a Content-Type should say that the caller did not give. */
  readonly contentType?: string;
  /** `onFailure`: the body breaks off, and nothing more comes. */
  read(sink: BodySink, onFailure: (error: unknown) => void): void;
  /** After the sink returned false. */
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

/** Undefined for no body at all, null for one that is none of undici's forms. */
export function requestBody(given: unknown): RequestBody | null | undefined {
  if (given === undefined || given === null) return undefined;
  const bytes = bytesOf(given);
  if (bytes !== undefined) return bytes.length === 0 ? undefined : wholeBody(bytes);
  if (isFormData(given)) return formBody(given);
  if (given instanceof Blob) return new PumpedBody(given.stream(), { lengthBytes: given.size, contentType: given.type });
  return isIterable(given) ? new PumpedBody(given) : null;
}

function wholeBody(bytes: Buffer): RequestBody {
  return {
    lengthBytes: bytes.length,
    read(sink) {
      // Held back or not, it is all there is, and the sink keeps what it cannot pass on.
      sink.onBodyData(bytes);
      sink.onBodyEnd([]);
    },
    resume: () => undefined,
    cancel: () => undefined,
  };
}

/** undici's own class looks the same, but is another. */
function isFormData(value: unknown): value is FormData {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object FormData]';
}

/** The multipart coding, with its boundary, is the platform's. */
function formBody(form: FormData): RequestBody {
  const { body, headers } = new Response(form instanceof FormData ? form : copyOf(form));
  const contentType = headers.get('content-type');
  return new PumpedBody(body ?? [], contentType === null ? {} : { contentType });
}

function copyOf(form: FormData): FormData {
  const copy = new FormData();
  for (const [name, value] of form) {
    if (typeof value === 'string') copy.append(name, value);
    else copy.append(name, value, value.name);
  }
  return copy;
}

type Chunks = Iterable<unknown> | AsyncIterable<unknown>;

/** Pulls from an iterable, a stream among them. */
class PumpedBody implements RequestBody {
  readonly lengthBytes?: number;
  readonly contentType?: string;
  readonly #chunks: Chunks;
  #isCancelled = false;
  #wake: (() => void) | undefined;

  constructor(chunks: Chunks, known: Pick<RequestBody, 'lengthBytes' | 'contentType'> = {}) {
    this.#chunks = chunks;
    Object.assign(this, known);
  }

  read(sink: BodySink, onFailure: (error: unknown) => void): void {
    this.#pump(sink).catch((error: unknown) => {
      if (!this.#isCancelled) onFailure(error);
    });
  }

  resume(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.resume();
    if (this.#chunks instanceof Readable) this.#chunks.on('error', () => undefined).destroy();
  }

  async #pump(sink: BodySink): Promise<void> {
    for await (const chunk of this.#chunks) {
      if (this.#isCancelled) return;
      if (!sink.onBodyData(chunkOf(chunk))) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (!this.#isCancelled) sink.onBodyEnd([]);
  }
}

/**
 * Holds a body to the length that was announced for it: one byte more or less, and what follows on the connection would be read as
 * part of another message.
 */
export function ofLength(body: RequestBody, lengthBytes: number): RequestBody {
  if (body.lengthBytes !== undefined) return body;
  let left = lengthBytes;
  return {
    lengthBytes,
    read(sink, onFailure) {
      const mismatch = () => {
        body.cancel();
        onFailure(
          undiciError(
            'RequestContentLengthMismatchError',
            'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
            'Request body length does not match content-length header',
          ),
        );
      };
      const measured: BodySink = {
        onBodyData(data) {
          left -= data.length;
          if (left >= 0) return sink.onBodyData(data);
          mismatch();
          return true;
        },
        onBodyEnd(trailers) {
          if (left === 0) sink.onBodyEnd(trailers);
          else mismatch();
        },
      };
      body.read(measured, onFailure);
    },
    resume: () => body.resume(),
    cancel: () => body.cancel(),
  };
}

function chunkOf(chunk: unknown): Buffer {
  const bytes = bytesOf(chunk);
  if (bytes === undefined) throw new TypeError('a chunk of a request body must be a string, a Buffer or a typed array');
  return bytes;
}

function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? Buffer.from(value) : undefined;
}

function isIterable(value: unknown): value is Chunks {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
