/** One request and its answer, as the handlers see it. Knows HTTP, knows nothing of resources. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ResourceError } from '@hikyaku/resources';
import { parse as parseYaml } from 'yaml';
import { isObject } from '../json.ts';

/** Kubernetes' own limit for a request body is 3 MiB as well. */
const bodyLimitBytes = 3 * 1024 * 1024;

export class Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  /** Aborted when the client hangs up or the server stops. */
  readonly signal: AbortSignal;
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage, response: ServerResponse, signal: AbortSignal) {
    const url = urlOf(request);
    this.method = request.method ?? 'GET';
    this.path = url.pathname;
    this.query = url.searchParams;
    this.response = response;
    this.signal = signal;
    this.#request = request;
  }

  get accept(): string {
    return this.#request.headers.accept ?? '';
  }

  /** The media type of the body, without parameters. */
  get contentType(): string {
    return (this.#request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  }

  /** Whether a flag in the query is set: `?watch`, `?watch=1` and `?watch=true` are. */
  flag(name: string): boolean {
    const value = this.query.get(name);
    return value !== null && !['false', '0'].includes(value);
  }

  /** The body as JSON, or YAML where the client says so; undefined when there is none. Throws `BadRequest`, `UnsupportedMediaType`, `RequestEntityTooLarge`. */
  async body(): Promise<unknown> {
    const text = await readText(this.#request);
    if (text.trim() === '') return undefined;
    if (this.contentType.includes('protobuf'))
      throw unsupported(
        `${this.contentType} (with kubectl, write the object as YAML: --dry-run=client -o yaml | kubectl apply -f -)`,
      );
    try {
      return this.contentType.includes('yaml') ? parseYaml(text) : JSON.parse(text);
    } catch (error) {
      const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new ResourceError('BadRequest', `the body of the request cannot be read: ${message ?? ''}`, { cause: error });
    }
  }

  /** The body, which has to be an object. */
  async objectBody(): Promise<Record<string, unknown>> {
    const body = await this.body();
    if (!isObject(body)) throw new ResourceError('BadRequest', 'the body of the request has to be an object');
    return body;
  }

  send(status: number, value: unknown, contentType = 'application/json'): void {
    const text = typeof value === 'string' ? value : `${JSON.stringify(value)}\n`;
    this.response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-cache, private',
    });
    this.response.end(text);
  }
}

/** Only path and query matter; the host has been checked before. Put together as text: resolved against a base, `//pods` would name a host. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  if (!url.startsWith('/')) throw new ResourceError('BadRequest', 'the target of a request has to be a path');
  return new URL(`https://localhost${url}`);
}

export function unsupported(contentType: string): ResourceError {
  return new ResourceError(
    'UnsupportedMediaType',
    `the body of the request is in an unknown format: ${contentType || 'none given'}`,
  );
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes)
      throw new ResourceError('RequestEntityTooLarge', `the body of a request may have at most ${bodyLimitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
