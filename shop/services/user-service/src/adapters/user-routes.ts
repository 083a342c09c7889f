/**
 * A user with their orders in one answer, and what other services ask about users. The gateway does not route to `/internal`.
 */
import { ClientError, type HttpServer, problem, Type } from '@hikyaku/service';
import type { Accounts } from '../application/accounts.ts';
import { UserBody } from './account-routes.ts';
import { OrderBody } from '../contracts/calls.ts';
import type { OrdersOf } from './orders-client.ts';
import { own, signedIn, unknownUser, UserParams } from './own.ts';

const UserWithOrders = Type.Object({ user: UserBody, orders: Type.Array(OrderBody) });

const UserIds = Type.Object({ ids: Type.Array(Type.String({ format: 'uuid' }), { minItems: 1, maxItems: 200 }) });

export interface UserRoutesOptions {
  accounts: Accounts;
  /** Those of the ids that are users'. */
  known: (ids: readonly string[]) => Promise<string[]>;
  ordersOf: OrdersOf;
}

export function userRoutes(http: HttpServer, { accounts, ordersOf, known }: UserRoutesOptions): void {
  const withOrders = { schema: { params: UserParams, response: { 200: UserWithOrders } }, config: signedIn };
  http.get('/users/:id/orders', withOrders, async ({ params: { id }, user: caller, token = '' }) => {
    const [user, orders] = await Promise.all([accounts.find(own(caller, id)), ordersOf(token).catch(unavailable)]);
    if (user === undefined) throw unknownUser();
    return { user, orders };
  });

  const byId = { params: Type.Object({ id: Type.String({ format: 'uuid' }) }), response: { 200: UserBody } };
  http.get('/internal/users/:id', { schema: byId }, async ({ params: { id } }) => {
    const user = await accounts.find(id);
    if (user === undefined) throw unknownUser();
    return user;
  });

  const whichAreKnown = { body: UserIds, response: { 200: Type.Object({ ids: Type.Array(Type.String()) }) } };
  http.post('/internal/users/known', { schema: whichAreKnown }, async ({ body: { ids } }) => ({ ids: await known(ids) }));
}

function unavailable(error: unknown): never {
  if (!(error instanceof ClientError)) throw error;
  throw problem(503, { detail: 'The orders cannot be read right now.', headers: { 'Retry-After': '1' }, cause: error });
}
