/** HTTPS to the API: one connection pool, the token, and failures as ResourceErrors. Knows nothing of kinds. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { ResourceError, type ErrorReason } from '@hikyaku/resources';
import { httpStatusOf } from '../api/status.ts';
import type { Connection } from '../credentials/kubeconfig.ts';
import { isObject } from '../json.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
}

export interface Transport {
  /** The answer's JSON. Throws what the server says, or `ServiceUnavailable` when there is none. */
  json(request: ApiRequest): Promise<unknown>;
  /** The answer's lines as they come; aborting `signal` ends them without an error. */
  lines(request: ApiRequest): AsyncIterable<string>;
}

export function createTransport({ server, authority, token }: Connection): Transport {
  const agent = new Agent({ ca: authority, keepAlive: true });
  const send = ({ method, path, body, contentType = 'application/json', accept = 'application/json', signal }: ApiRequest) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        accept,
        authorization: `Bearer ${token}`,
        ...(text !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
      };
      const outgoing = request(new URL(path, server), { method, agent, headers, ...(signal && { signal }) }, resolve);
      outgoing.on('error', (error) =>
        reject(
          new ResourceError('ServiceUnavailable', `the API at ${server} does not answer: ${error.message}`, { cause: error }),
        ),
      );
      outgoing.end(text);
    });
  return {
    async json(apiRequest) {
      const response = await send(apiRequest);
      const value = parse(await textOf(response));
      if (!isOk(response)) throw failureOf(response, value);
      return value;
    },
    async *lines(apiRequest) {
      try {
        const response = await send(apiRequest);
        if (!isOk(response)) throw failureOf(response, parse(await textOf(response)));
        yield* splitLines(response);
      } catch (error) {
        if (apiRequest.signal?.aborted !== true) throw error;
      }
    },
  };
}

function isOk({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The Status the server sent as an error again. */
function failureOf({ statusCode = 0 }: IncomingMessage, status: unknown): ResourceError {
  const reason = isObject(status) && isReason(status.reason) ? status.reason : 'InternalError';
  const message =
    isObject(status) && typeof status.message === 'string' ? status.message : `the API answered with HTTP status ${statusCode}`;
  return new ResourceError(reason, message);
}

function isReason(value: unknown): value is ErrorReason {
  return typeof value === 'string' && Object.hasOwn(httpStatusOf, value);
}

async function* splitLines(response: IncomingMessage): AsyncIterable<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
