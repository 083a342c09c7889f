/**
 * Counters in Redis, shared by all who count there. One connection; when it breaks, a new one is made to wherever Redis is then, a
 * little later each time. The library is loaded when the first limit wants it.
 */
import type { Count, Counters } from './counters.ts';

/** A connection to Redis as far as it is used here; the library's type says a hundred times more. */
interface Connection {
  add(counts: readonly Count[]): Promise<number[]>;
  destroy(): void;
}

export interface RedisAddress {
  host: string;
  port: number;
}

export interface RedisCountersOptions {
  /** Asked before every attempt to connect; undefined while nobody knows where Redis is. */
  address: () => RedisAddress | undefined;
  password?: string;
}

const connectTimeoutMs = 2_000;
const shortestPauseMs = 50;
const longestPauseMs = 2_000;

export class RedisCounters implements Counters {
  readonly #options: RedisCountersOptions;
  #connection: Connection | undefined;
  #isConnecting = false;
  #isClosed = false;
  #failure: Error = new Error('not connected yet');
  #pauseMs = shortestPauseMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RedisCountersOptions) {
    this.#options = options;
    this.#connect();
  }

  async add(counts: readonly Count[]): Promise<number[]> {
    if (this.#connection === undefined) throw this.#failure;
    return this.#connection.add(counts);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  #connect(): void {
    if (this.#isConnecting || this.#isClosed) return;
    this.#isConnecting = true;
    const address = this.#options.address();
    const { password } = this.#options;
    const opening =
      address === undefined
        ? Promise.reject(new Error('there is no ready endpoint of Redis'))
        : open({ ...address, ...(password !== undefined && { password }) }, (error) => this.#lost(error));
    opening.then((connection) => this.#connected(connection)).catch((error: unknown) => this.#lost(toError(error)));
  }

  #connected(connection: Connection): void {
    this.#isConnecting = false;
    this.#pauseMs = shortestPauseMs;
    if (this.#isClosed) connection.destroy();
    else this.#connection = connection;
  }

  #lost(error: Error): void {
    this.#isConnecting = false;
    this.#failure = error;
    this.#connection = undefined;
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs).unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}

async function open(address: RedisAddress & { password?: string }, onLost: (error: Error) => void): Promise<Connection> {
  const { createClient } = await import('@redis/client');
  const { host, port, password } = address;
  const client = createClient({
    // Reconnecting is done above: Redis may be elsewhere by then.
    socket: { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false },
    ...(password !== undefined && { password }),
    // A request that waits for a connection would wait in vain.
    disableOfflineQueue: true,
  });
  let isOpen = false;
  client.on('error', (error: unknown) => {
    if (!isOpen) return;
    isOpen = false;
    onLost(toError(error));
  });
  await client.connect();
  isOpen = true;
  return {
    async add(counts) {
      const pipeline = client.multi();
      for (const { key, expiresInSeconds } of counts) pipeline.incr(key).expire(key, expiresInSeconds);
      const replies: unknown[] = await pipeline.execAsPipeline();
      return counts.map((_, index) => Number(replies[2 * index]));
    },
    destroy() {
      isOpen = false;
      if (client.isOpen) client.destroy();
    },
  };
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
