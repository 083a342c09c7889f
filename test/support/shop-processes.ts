/**
 * The shop's services as processes of their own over one PostgreSQL, without hikyaku: to be killed and started again one by one. Each can be told,
 * while it runs, where to die (kill-point.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort, startPostgres, type TestPostgres, until } from '@hikyaku/service/testing';
import type { KillPoint } from './kill-point.ts';

const startMs = 60_000;
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

export interface ShopProcesses {
  url(name: ServiceName): string;
  database(name: ServiceName): string;
  /** Has the running processes die there. Resolves when they are prepared. */
  killAt(names: readonly ServiceName[], point: KillPoint): Promise<void>;
  /** Resolves once one of them has been killed, to all that have been; the others live on. */
  killed(names: readonly ServiceName[]): Promise<ServiceName[]>;
  /** Starts it again. Resolves when it is ready. */
  restart(name: ServiceName): Promise<void>;
  stop(): Promise<void>;
}

export async function startShopProcesses(): Promise<ShopProcesses> {
  const postgres = await startPostgres(150);
  const children = new Map<ServiceName, ChildProcess>();
  const stop = async (): Promise<void> => {
    await Promise.all([...children.values()].map(end));
    await postgres.stop();
  };
  try {
    for (const database of new Set([...Object.values(databases), 'events'])) await postgres.createDatabase(database);
    const ports = new Map<ServiceName | 'stock', number>();
    for (const name of [...names, 'stock'] as const) ports.set(name, await freePort());
    const url = (name: ServiceName) => `http://127.0.0.1:${ports.get(name) ?? 0}`;
    const start = async (name: ServiceName): Promise<void> => {
      children.set(name, launch(name, { ...environment(postgres, url, ports.get('stock') ?? 0), ...own(name, postgres, ports) }));
      await until(`${name} to be ready`, () => isReady(url(name)), startMs);
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
      killAt: async (victims, point) => {
        await Promise.all(victims.map((name) => tell(child(name), point)));
      },
      killed: async (victims) => {
        const isDead = (name: ServiceName) => child(name).signalCode === 'SIGKILL';
        await until(`${victims.join(' or ')} to be killed`, () => victims.some(isDead), startMs);
        await Promise.all(victims.map((name) => tell(child(name), 'live on')));
        return victims.filter(isDead);
      },
      restart: start,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const own = (name: ServiceName, postgres: TestPostgres, ports: ReadonlyMap<string, number>) => ({
  DATABASE_URL: postgres.url(databases[name]),
  PORT: String(ports.get(name)),
});

function environment(postgres: TestPostgres, url: (name: ServiceName) => string, stockPort: number): Record<string, string> {
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
    BROKER_URL: postgres.url('events'),
    PRODUCT_SERVICE_GRPC: `127.0.0.1:${stockPort}`,
    GRPC_PORT: String(stockPort),
    CARD_NETWORK_URL: url('card-network'),
    CARD_NETWORK_API_KEY: 'for-tests',
    API_KEY: 'for-tests',
    WEBHOOK_URL: `${url('payment')}/webhooks/card-network`,
    WEBHOOK_SECRET: 'for-tests',
    CARD_NETWORK_WEBHOOK_SECRET: 'for-tests',
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

/** Resolves when the process has heard it, or is gone. */
async function tell(child: ChildProcess, order: KillPoint | 'live on'): Promise<void> {
  if (child.signalCode !== null) return;
  const heard = Promise.race([once(child, 'message'), once(child, 'exit')]);
  // It may die this moment: then there is nobody to tell.
  child.send(order, () => undefined);
  await heard;
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/ready`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
