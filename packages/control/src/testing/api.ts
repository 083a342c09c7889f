/** A whole API on a free port with a store in memory, for tests: how to reach it, and a plain request to it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PodLogs } from '@hikyaku/resources';
import { createApiServer } from '../api/server.ts';
import { openCredentials, type Credentials } from '../credentials/credentials.ts';
import { openStore, type Store } from '../store/store.ts';

export interface TestApi {
  store: Store;
  url: string;
  credentials: Credentials;
  /** Sends a request with the token, unless `headers` say otherwise. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface SendOptions {
  headers?: Record<string, string>;
  /** A string goes as it is, anything else as JSON. */
  body?: unknown;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  /** Empty when the answer is not one JSON document. */
  json: Record<string, unknown>;
}

export interface TestApiOptions {
  store?: Store;
  /** Default: a free one. */
  port?: number;
  /** Where the credentials are; default: a temporary folder, removed by `close`. */
  stateDir?: string;
}

/** Logs whose lines say what was asked for. */
const podLogs: PodLogs = {
  // eslint-disable-next-line @typescript-eslint/require-await -- an async generator with nothing to wait for
  async *logs(namespace, pod, { container = '', tailLines = 2 } = {}) {
    for (let line = 1; line <= tailLines; line++) yield `${namespace}/${pod}/${container} ${line}`;
  },
};

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { store = openStore({ file: ':memory:' }), port = await freePort() } = options;
  const folder = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'hikyaku-api-')));
  const credentials = await openCredentials(folder, { apiPort: port });
  const stop = new AbortController();
  const server = createApiServer({ store, credentials, port, podLogs, version: '0.0.0' });
  const stopped = server.start(stop.signal);
  const { url } = await server.ready;
  return {
    store,
    url,
    credentials,
    send: (method, path, sendOptions = {}) => send({ url, method, path }, credentials, sendOptions),
    async close() {
      stop.abort();
      await stopped;
      if (options.stateDir === undefined) await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** `path` goes as it is, however odd. */
function send(
  { url, method, path }: { url: string; method: string; path: string },
  { authority, token }: Credentials,
  { headers = {}, body }: SendOptions,
): Promise<Answer> {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const standard = { authorization: `Bearer ${token}`, ...(text !== undefined && { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, path, ca: authority, headers: { ...standard, ...headers }, agent: false, servername: 'localhost' },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received, json: parse(received) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
