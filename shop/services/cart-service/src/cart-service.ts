/**
 * Puts the cart service together. In the order of the folders:
 *
 *   what a cart is                            domain/
 *   filling it, and emptying it after a sale  application/
 *   PostgreSQL, the catalogue, HTTP, events   adapters/
 *   the tables                                migrations/
 */
import { createService, tokenSettings, Type } from '@hikyaku/service';
import { cartBook, enteredOf } from './adapters/cart-book.ts';
import { cartRoutes } from './adapters/cart-routes.ts';
import { followOrders, unitOf } from './adapters/events.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { lookingUp } from './adapters/product-client.ts';
import { type ClearingPorts, ensureCleared } from './application/buying.ts';
import { createCarts } from './application/carts.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  PRODUCT_SERVICE_URL: Type.String({ default: 'http://product-service:8080' }),
  CATALOGUE_TIMEOUT_MS: Type.Integer({ default: 1000, minimum: 1, description: 'After it the cart is shown without prices' }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
};

/** Wired, not started. */
export async function createCartService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'cart-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus, log } = service;
  const { PRODUCT_SERVICE_URL: baseUrl, CATALOGUE_TIMEOUT_MS: timeoutMs } = service.config;
  // One attempt: a cart without prices now is better than one with prices later.
  const products = service.client('product-service', { baseUrl, timeoutMs, attempts: 1 });
  const lookUp = lookingUp(products, (error) => log.warn({ err: error }, 'carts are shown without prices'));

  cartRoutes(http, createCarts(cartBook(database), lookUp));
  const clearing: ClearingPorts = {
    done: (orderIds) => enteredOf(database, orderIds),
    inTransaction: (work) => database.transaction((tx) => work(unitOf(tx, bus))),
  };
  internalRoutes(http, (orders) => ensureCleared(clearing, orders));
  bus.publishes(...published);
  followOrders(bus);
  return service;
}
