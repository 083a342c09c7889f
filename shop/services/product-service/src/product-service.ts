/**
 * Puts the product service together. In the order of the folders:
 *
 *   what holds of products and reservations   domain/
 *   what can be done with them                application/
 *   PostgreSQL, HTTP, events                  adapters/
 *   the tables, and the opening range         migrations/
 */
import { createService, Type } from '@hikyaku/service';
import { catalogueRoutes } from './adapters/catalogue-routes.ts';
import { followOrders, unitOf } from './adapters/events.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { productBook } from './adapters/products.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
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

  catalogueRoutes(http, products);
  internalRoutes(http, { products, inTransaction: (work) => database.transaction((tx) => work(unitOf(tx, bus))) });
  followOrders(bus);
  return service;
}
