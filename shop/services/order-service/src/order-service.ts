/**
 * Puts the order service together. In the order of the folders:
 *
 *   what an order is                          domain/
 *   placing it, the checkout saga, its ends   application/
 *   PostgreSQL, other services, HTTP, events  adapters/
 *   the tables                                migrations/
 */
import { createService, tokenSettings, Type } from '@hikyaku/service';
import { stockContract } from '@shop/contracts/stock';
import { cartPorts } from './adapters/cart-client.ts';
import { followPayments } from './adapters/events.ts';
import { historyRoutes, orderHistory } from './adapters/history-routes.ts';
import { mailPorts } from './adapters/notification-client.ts';
import { orderBook, placingIn } from './adapters/order-book.ts';
import { orderPorts } from './adapters/order-ports.ts';
import { orderProjection, orderReader } from './adapters/order-projection.ts';
import { orderRoutes } from './adapters/order-routes.ts';
import { paymentPorts } from './adapters/payment-client.ts';
import { createOrderStore } from './adapters/order-store.ts';
import { placeRoute } from './adapters/place-route.ts';
import { projectionRoutes } from './adapters/projection-routes.ts';
import { quoting, stockPorts } from './adapters/product-client.ts';
import { sagaRoutes } from './adapters/saga-routes.ts';
import { simulatedCarrier } from './adapters/simulated-carrier.ts';
import { streamRoute } from './adapters/stream-route.ts';
import { unstartedOrders } from './adapters/unstarted-orders.ts';
import { userPorts } from './adapters/user-client.ts';
import { watchedOrders } from './adapters/watched-orders.ts';
import { checkout, type CheckoutPorts } from './application/checkout.ts';
import { createStarting } from './application/starting.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  USER_SERVICE_URL: Type.String({ default: 'http://user-service:8080' }),
  PRODUCT_SERVICE_URL: Type.String({ default: 'http://product-service:8080' }),
  PRODUCT_SERVICE_GRPC: Type.String({ default: 'product-service:9090', description: 'host:port' }),
  PAYMENT_SERVICE_URL: Type.String({ default: 'http://payment-service:8080' }),
  CART_SERVICE_URL: Type.String({ default: 'http://cart-service:8080' }),
  NOTIFICATION_SERVICE_URL: Type.String({ default: 'http://notification-service:8080' }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
  SWEEP_INTERVAL_MS: Type.Integer({ default: 1000, minimum: 10, description: 'Between two looks for orders without a saga' }),
};

/** Between two looks at the orders whose pages are open. */
const WATCH_INTERVAL_MS = 250;

/** Wired, not started. */
export async function createOrderService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'order-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus } = service;
  bus.publishes(...published);
  const { USER_SERVICE_URL, PRODUCT_SERVICE_URL, PRODUCT_SERVICE_GRPC, PAYMENT_SERVICE_URL } = service.config;
  const { CART_SERVICE_URL, NOTIFICATION_SERVICE_URL, SWEEP_INTERVAL_MS } = service.config;
  const store = createOrderStore();
  const projection = orderProjection(database, { store, log: service.log });
  const parts = { database, store, projection, bus };
  const orders = orderBook(parts);

  // The saga repeats its steps itself and shows each attempt, so its calls are made once.
  const ports: CheckoutPorts = {
    ...userPorts(service.client('user-service', { baseUrl: USER_SERVICE_URL, attempts: 1 })),
    ...stockPorts(service.grpcClient('product-service', stockContract, { address: PRODUCT_SERVICE_GRPC })),
    ...paymentPorts(service.client('payment-service', { baseUrl: PAYMENT_SERVICE_URL, attempts: 1 })),
    ...cartPorts(service.client('cart-service', { baseUrl: CART_SERVICE_URL, attempts: 1 })),
    ...mailPorts(service.client('notification-service', { baseUrl: NOTIFICATION_SERVICE_URL, attempts: 1 })),
    ...orderPorts(orders, simulatedCarrier(database)),
  };
  const saga = service.sagas.register(checkout, ports);
  const starting = createStarting({
    unstarted: unstartedOrders(database),
    startSaga: (id, input) => saga.start(id, input),
    graceMs: 2 * SWEEP_INTERVAL_MS,
  });

  placeRoute(http, {
    database,
    placingIn: (tx) => placingIn(tx, parts),
    quote: quoting(service.client('product-service', { baseUrl: PRODUCT_SERVICE_URL })),
    payments: service.client('payment-service', { baseUrl: PAYMENT_SERVICE_URL }),
    start: (noted) => starting.start(noted),
  });
  const history = orderHistory(database, store);
  projectionRoutes(http, projection);
  historyRoutes(http, history);
  const reader = orderReader(database);
  orderRoutes(http, { orders: reader, history });
  sagaRoutes(http, { orders: reader, runner: saga, sagas: service.sagas });
  const watched = watchedOrders(async (ids) => {
    const [versions, marks] = await Promise.all([reader.versions(ids), saga.marks(ids)]);
    return new Map([...versions].map(([id, version]) => [id, `${version} ${marks.get(id) ?? ''}`]));
  });
  streamRoute(http, { history, runner: saga, watched });
  followPayments(bus, orders);
  service.task({ name: 'watch-orders', everyMs: WATCH_INTERVAL_MS, run: () => watched.look() });
  service.task({ name: 'projection', everyMs: 1000, run: (signal) => projection.work(signal) });
  service.task({ name: 'start-sagas', everyMs: SWEEP_INTERVAL_MS, run: (signal) => starting.sweep(signal) });
  return service;
}
