/**
 * A user with their orders in one answer, and what other services ask about users. The gateway does not route to `/internal`.
 */
import { ClientError, type HttpServer, problem, Type } from '@hikyaku/service';
import type { Accounts } from '../application/accounts.ts';
import { UserBody } from './account-routes.ts';
import { OrderBody, type OrdersOf } from './orders-client.ts';

const UserParams = Type.Object({ id: Type.String() });
const UserWithOrders = Type.Object({ user: UserBody, orders: Type.Array(OrderBody) });

export function userRoutes(http: HttpServer, accounts: Accounts, ordersOf: OrdersOf): void {
  const withOrders = { schema: { params: UserParams, response: { 200: UserWithOrders } }, config: { auth: 'required' as const } };
  http.get('/users/:id/orders', withOrders, async ({ params: { id }, user: caller, token = '' }) => {
    // To others an account that exists looks like one that does not.
    if (caller?.id !== id) throw unknownUser();
    const [user, orders] = await Promise.all([accounts.find(id), ordersOf(token).catch(unavailable)]);
    if (user === undefined) throw unknownUser();
    return { user, orders };
  });

  const byId = { params: Type.Object({ id: Type.String({ format: 'uuid' }) }), response: { 200: UserBody } };
  http.get('/internal/users/:id', { schema: byId }, async ({ params: { id } }) => {
    const user = await accounts.find(id);
    if (user === undefined) throw unknownUser();
    return user;
  });
}

function unknownUser() {
  return problem(404, { type: 'urn:shop:problem:unknown_user', detail: 'There is no such user.' });
}

function unavailable(error: unknown): never {
  if (!(error instanceof ClientError)) throw error;
  throw problem(503, { detail: 'The orders cannot be read right now.', headers: { 'Retry-After': '1' }, cause: error });
}
