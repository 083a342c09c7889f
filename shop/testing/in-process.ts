/**
 * The shop's services in one process, wired to each other on free ports, for tests that want the real thing without a system around
 * it. There is one order service at most: its sagas' engine is one per process.
 */
import { freePort, type TestPostgres } from '@hikyaku/service/testing';
import { createCardNetwork } from '../services/card-network/src/card-network.ts';
import { createCartService } from '../services/cart-service/src/cart-service.ts';
import { createNotificationService } from '../services/notification-service/src/notification-service.ts';
import { createOrderService } from '../services/order-service/src/order-service.ts';
import { createPaymentService } from '../services/payment-service/src/payment-service.ts';
import { createProductService } from '../services/product-service/src/product-service.ts';
import { createUserService } from '../services/user-service/src/user-service.ts';

const creators = {
  'user-service': createUserService,
  'product-service': createProductService,
  'cart-service': createCartService,
  'card-network': createCardNetwork,
  'payment-service': createPaymentService,
  'order-service': createOrderService,
  'notification-service': createNotificationService,
};

export type ServiceName = keyof typeof creators;
export const serviceNames = Object.keys(creators) as ServiceName[];

type Services = { [Name in ServiceName]: Awaited<ReturnType<(typeof creators)[Name]>> };
type Environment = Readonly<Record<string, string>>;

export interface InProcessShop {
  readonly services: Services;
  readonly at: Readonly<Record<ServiceName, string>>;
  close(): Promise<void>;
}

/** Wired and not started: enough to ask a service for its documents. */
export async function createServices(env: (name: ServiceName) => Environment): Promise<Services> {
  const entries = await Promise.all(serviceNames.map(async (name) => [name, await creators[name](env(name))] as const));
  // One entry for each name, made by that name's creator.
  return Object.fromEntries(entries) as Services;
}

/** @param overrides for every service, on top of what makes them find each other. */
export async function startShop(postgres: TestPostgres, overrides: Environment = {}): Promise<InProcessShop> {
  for (const name of [...serviceNames, 'events']) await postgres.createDatabase(databaseOf(name));
  const at = Object.fromEntries(
    await Promise.all(serviceNames.map(async (name) => [name, `http://127.0.0.1:${await freePort()}`])),
  ) as Record<ServiceName, string>;
  const stock = await freePort();
  const services = await createServices((name) => ({ ...environment(postgres, at, stock, name), ...overrides }));
  const all = Object.values(services);
  await Promise.all(all.map((service) => service.start()));
  return {
    services,
    at,
    close: async () => {
      await Promise.all(all.map((service) => service.close()));
    },
  };
}

const databaseOf = (service: string): string => service.replaceAll('-', '_');

function environment(postgres: TestPostgres, at: Record<ServiceName, string>, stock: number, name: ServiceName): Environment {
  return {
    ...unreachable,
    DATABASE_URL: postgres.url(databaseOf(name)),
    BROKER_URL: postgres.url('events'),
    PORT: new URL(at[name]).port,
    GRPC_PORT: String(stock),
    PRODUCT_SERVICE_GRPC: `127.0.0.1:${stock}`,
    USER_SERVICE_URL: at['user-service'],
    PRODUCT_SERVICE_URL: at['product-service'],
    CART_SERVICE_URL: at['cart-service'],
    PAYMENT_SERVICE_URL: at['payment-service'],
    ORDER_SERVICE_URL: at['order-service'],
    NOTIFICATION_SERVICE_URL: at['notification-service'],
    CARD_NETWORK_URL: at['card-network'],
    WEBHOOK_URL: `${at['payment-service']}/webhooks/card-network`,
    JWKS_URL: `${at['user-service']}/.well-known/jwks.json`,
  };
}

/** What every service can be made with; nothing it names is there. */
export const unreachable: Environment = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  BROKER_URL: 'postgres://nobody@127.0.0.1:1/none',
  CARD_NETWORK_API_KEY: 'for-tests',
  API_KEY: 'for-tests',
  CARD_NETWORK_WEBHOOK_SECRET: 'for-tests',
  WEBHOOK_SECRET: 'for-tests',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'silent',
  DRAIN_DELAY_MS: '0',
  SWEEP_INTERVAL_MS: '100',
};
