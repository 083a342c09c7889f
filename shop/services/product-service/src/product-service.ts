/**
 * Puts the product service together. In the order of the folders:
 *
 *   what holds of products and reservations   domain/
 *   what can be done with them                application/
 *   PostgreSQL, HTTP, gRPC, events            adapters/
 *   the tables, and the opening range         migrations/
 */
import { createService, tokenSettings, Type } from '@hikyaku/service';
import { stockContract } from '@shop/contracts/stock';
import { catalogueRoutes } from './adapters/catalogue-routes.ts';
import { followOrders, unitOf } from './adapters/events.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { productBook } from './adapters/products.ts';
import { keepingReserved } from './adapters/stock-ledger.ts';
import { stockRpc } from './adapters/stock-rpc.ts';
import { expireDue, type InTransaction, reserving } from './application/reservations.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
  RESERVATION_TTL_MS: Type.Integer({
    default: 30 * 60_000,
    minimum: 1,
    description: 'How long stock is held for an order that is not confirmed; longer than any payment takes',
  }),
  SWEEP_INTERVAL_MS: Type.Integer({
    default: 5000,
    minimum: 10,
    description: 'Between two looks for reservations whose time is up',
  }),
};

/** Wired, not started. */
export async function createProductService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'product-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus } = service;
  const products = productBook(database);

  const ledger = { reservationTtlMs: service.config.RESERVATION_TTL_MS };
  const inTransaction: InTransaction = (work) => database.transaction((tx) => work(unitOf(tx, bus, ledger)));

  catalogueRoutes(http, products);
  internalRoutes(http, products);
  service.grpc(
    stockContract,
    stockRpc({ inTransaction, reserve: reserving(inTransaction), keepReserved: keepingReserved(database) }),
  );
  bus.publishes(...published);
  followOrders(bus, ledger);
  service.task({
    name: 'expire-reservations',
    everyMs: service.config.SWEEP_INTERVAL_MS,
    run: (signal) => expireDue(inTransaction, signal),
  });
  return service;
}
