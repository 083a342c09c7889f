/** A connection to RabbitMQ that comes back by itself, and says what it waits for meanwhile. */
import { Connection } from 'rabbitmq-client';
import type { Logger } from 'pino';
import { describeUnreachable, unreachableReason } from '../../database/connection-error.ts';
import type { StartOptions } from '../broker.ts';

export type ConnectOptions = { readonly url: string; readonly connectionName: string; readonly log: Logger };

/** Publishing while the connection is away fails after this long; the outbox then tries again. */
const acquireTimeoutMs = 5000;

export function createConnection({ url, connectionName, log }: ConnectOptions): Connection {
  const connection = new Connection({
    url,
    connectionName,
    acquireTimeout: acquireTimeoutMs,
    connectionTimeout: 3000,
    heartbeat: 10,
    retryLow: 100,
    retryHigh: 2000,
    noDelay: true,
  });
  connection.on('error', (error: unknown) => log.warn({ reason: reasonOf(error) }, 'lost the broker, connecting again'));
  connection.on('connection.blocked', (reason) => log.warn({ reason }, 'the broker takes nothing for now'));
  connection.on('connection.unblocked', () => log.info('the broker takes events again'));
  return connection;
}

/**
 * Waits as long as it takes.
 * @throws what the broker answers when it is there but will not have us, and the signal's reason.
 */
export async function untilConnected(connection: Connection, url: string, { signal, onWaiting }: StartOptions): Promise<void> {
  signal.throwIfAborted();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('given up waiting for the broker'));
  const onError = (error: unknown) => {
    if (isRefusal(error)) reject(new Error(`BROKER_URL: RabbitMQ refuses: ${reasonOf(error)}`, { cause: error }));
    else onWaiting(describeUnreachable(url, reasonOf(error), 5672));
  };
  connection.on('error', onError);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([connection.onConnect(0, true), failed]);
  } finally {
    connection.off('error', onError);
    signal.removeEventListener('abort', onAbort);
  }
}

export function reasonOf(error: unknown): string {
  return unreachableReason(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Wrong password, or a virtual host that is not there: time will not mend it. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ACCESS_REFUSED' || error.code === 'NOT_ALLOWED');
}
