/**
 * The shop's services as processes of their own over one PostgreSQL, and one RabbitMQ if wanted, without hikyaku: to be killed and started again one by
 * one. Each can be told, while it runs, where to die (kill-point.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startPostgres, startRabbitmq, type TestPostgres, until } from '@hikyaku/service/testing';
import type { KillPoint } from './kill-point.ts';
import { startRefusing } from './refusing.ts';
import { isRunning, setTrap, type Trap } from './trap.ts';

/** Also on a machine that has much else to do. */
const startMs = 150_000;
const root = new URL('../../', import.meta.url);
const preload = new URL('kill-point.ts', import.meta.url).href;

/** Service → database; `order-b` is a second process of the order service. */
const databases = {
  user: 'user_service',
  product: 'product_service',
  'card-network': 'card_network',
  payment: 'payment_service',
  cart: 'cart_service',
  notification: 'notification_service',
  order: 'order_service',
  'order-b': 'order_service',
} as const;
export type ServiceName = keyof typeof databases;
const names = Object.keys(databases) as ServiceName[];

/** The operator's account. */
export const operator = { email: 'operator@shop.example', password: 'operator for tests' };

export interface ShopProcesses {
  url(name: ServiceName): string;
  database(name: ServiceName): string;
  /** Has the running processes die there. Resolves when they are prepared. */
  setTrap(names: readonly ServiceName[], point: KillPoint): Promise<Trap<ServiceName>>;
  /** Starts it again. Resolves when it is ready. */
  restart(name: ServiceName): Promise<void>;
  /** Starts those again that have ended. Resolves when they are ready. */
  restartEnded(): Promise<void>;
  /** From now on payment- and notification-service refuse what the order service asks them for with a matching `METHOD /path`. */
  refuse(pattern: RegExp | undefined): void;
  stop(): Promise<void>;
}

export async function startShopProcesses({ broker = 'postgres' }: ShopOptions = {}): Promise<ShopProcesses> {
  const postgres = await startPostgres(150);
  const parts: { stop(): Promise<void> }[] = [postgres];
  // Services that are started again and again are compiled once, as hikyaku does it.
  const compiled = await mkdtemp(join(tmpdir(), 'hikyaku-compiled-'));
  parts.push({ stop: () => rm(compiled, { recursive: true, force: true }) });
  const children = new Map<ServiceName, ChildProcess>();
  const stop = async (): Promise<void> => {
    await Promise.all([...children.values()].map(end));
    for (const part of parts.splice(0).toReversed()) await part.stop();
  };
  const begun = async <Part extends { stop(): Promise<void> }>(starting: Promise<Part>): Promise<Part> => {
    const part = await starting;
    parts.push(part);
    return part;
  };
  try {
    for (const database of new Set([...Object.values(databases), 'events'])) await postgres.createDatabase(database);
    const ports = new Map<ServiceName | 'stock', number>();
    for (const name of [...names, 'stock'] as const) ports.set(name, await freePort());
    const url = (name: ServiceName) => `http://127.0.0.1:${ports.get(name) ?? 0}`;
    const brokerUrl = broker === 'postgres' ? postgres.url('events') : (await begun(startRabbitmq())).url;
    const shared = { ...environment(url, ports.get('stock') ?? 0), BROKER_URL: brokerUrl, NODE_COMPILE_CACHE: compiled };
    const payment = await begun(startRefusing(url('payment')));
    const notification = await begun(startRefusing(url('notification')));
    const guarded = { PAYMENT_SERVICE_URL: payment.url, NOTIFICATION_SERVICE_URL: notification.url };
    const start = async (name: ServiceName): Promise<void> => {
      const before = name.startsWith('order') ? guarded : {};
      const launched = launch(name, { ...shared, ...before, ...own(name, postgres, ports) });
      children.set(name, launched);
      const look = () => {
        if (launched.exitCode !== null) throw new Error(`${name} ended with ${launched.exitCode}`);
        return isReady(url(name));
      };
      await until(`${name} to be ready`, look, startMs);
    };
    await Promise.all(names.map(start));
    const child = (name: ServiceName): ChildProcess => {
      const found = children.get(name);
      if (!found) throw new Error(`${name} was not started`);
      return found;
    };
    return {
      url,
      database: (name) => postgres.url(databases[name]),
      setTrap: (victims, point) => setTrap(new Map(victims.map((name) => [name, child(name)])), point),
      restart: start,
      restartEnded: async () => {
        await Promise.all(names.filter((name) => !isRunning(child(name))).map(start));
      },
      refuse: (pattern) => {
        payment.refuse(pattern);
        notification.refuse(pattern);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type ShopOptions = { readonly broker?: 'postgres' | 'rabbitmq' };

const own = (name: ServiceName, postgres: TestPostgres, ports: ReadonlyMap<string, number>) => ({
  DATABASE_URL: postgres.url(databases[name]),
  PORT: String(ports.get(name)),
});

function environment(url: (name: ServiceName) => string, stockPort: number): Record<string, string> {
  const urls = {
    USER: 'user',
    PRODUCT: 'product',
    PAYMENT: 'payment',
    CART: 'cart',
    NOTIFICATION: 'notification',
    ORDER: 'order',
  } as const;
  return {
    ...Object.fromEntries(Object.entries(urls).map(([name, service]) => [`${name}_SERVICE_URL`, url(service)])),
    PRODUCT_SERVICE_GRPC: `127.0.0.1:${stockPort}`,
    GRPC_PORT: String(stockPort),
    CARD_NETWORK_URL: url('card-network'),
    CARD_NETWORK_API_KEY: 'for-tests',
    API_KEY: 'for-tests',
    WEBHOOK_URL: `${url('payment')}/webhooks/card-network`,
    WEBHOOK_SECRET: 'for-tests',
    CARD_NETWORK_WEBHOOK_SECRET: 'for-tests',
    OPERATOR_EMAIL: operator.email,
    OPERATOR_PASSWORD: operator.password,
    JWKS_URL: `${url('user')}/.well-known/jwks.json`,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    DRAIN_DELAY_MS: '0',
    SWEEP_INTERVAL_MS: '200',
  };
}

function launch(name: ServiceName, env: Record<string, string>): ChildProcess {
  const folder = name === 'order-b' ? 'order-service' : name === 'card-network' ? name : `${name}-service`;
  return spawn(process.execPath, ['--import', preload, fileURLToPath(new URL(`shop/services/${folder}/src/main.ts`, root))], {
    cwd: fileURLToPath(root),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/ready`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
