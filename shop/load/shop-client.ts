/**
 * The shop's public API as the load test uses it. Every call is noted with its latency; an answer nobody wants is a note too, and no
 * exception.
 */
import { randomUUID } from 'node:crypto';

export const cards = { succeeds: '4242424242424242', declined: '4000000000000002' };

/** One request, or one wait of a customer. */
export interface Note {
  /** What was asked: `GET /api/products`. */
  step: string;
  /** Milliseconds of `performance.now()`. */
  startedAt: number;
  latencyMs: number;
  /** Absent: all well. */
  failure?: string;
}

export interface ShopClientOptions {
  /** Of the gateway. */
  url: string;
  note: (note: Note) => void;
}

export interface Customer {
  token: string;
}

interface Ask {
  method: 'GET' | 'POST' | 'PUT';
  /** With its query, below /api. */
  path: string;
  /** How it is called in the notes: without ids. */
  step: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Where the latency counts from; default: now. */
  dueAt?: number;
}

const answerTimeoutMs = 30_000;

export class ShopClient {
  readonly #options: ShopClientOptions;

  constructor(options: ShopClientOptions) {
    this.#options = options;
  }

  /** @throws when the shop does not let anybody in: without customers there is no load. */
  async signUp(): Promise<Customer> {
    const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
    await this.ask({ method: 'POST', path: '/users', step: 'POST /api/users', body: { ...credentials, name: '負荷 花子' } });
    const token = await this.ask({ method: 'POST', path: '/auth/token', step: 'POST /api/auth/token', body: credentials });
    const value = field(token, 'access_token');
    if (typeof value !== 'string') throw new Error('signing up at the shop failed');
    return { token: value };
  }

  /** The body; undefined when the request failed, which has been noted then. */
  async ask({ method, path, step, body, headers, dueAt = performance.now() }: Ask): Promise<unknown> {
    const note = (failure?: string) =>
      this.#options.note({
        step,
        startedAt: dueAt,
        latencyMs: performance.now() - dueAt,
        ...(failure !== undefined && { failure }),
      });
    try {
      const response = await fetch(`${this.#options.url}/api${path}`, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        signal: AbortSignal.timeout(answerTimeoutMs),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      note(response.ok ? undefined : String(response.status));
      return response.ok ? JSON.parse(text) : undefined;
    } catch (error) {
      note(error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'no connection');
      return undefined;
    }
  }
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
