/**
 * For operators: the state of the table orders are read from, and having it made anew from the events while the shop is open.
 */
import { type HttpServer, problem, type Projection, type ProjectionStatus, Type } from '@hikyaku/service';
import type { Order } from '../domain/order.ts';

const Status = Type.Object({
  name: Type.String(),
  state: Type.Enum(['live', 'rebuilding', 'failed']),
  events: Type.Optional(
    Type.Object(
      { done: Type.Integer(), total: Type.Integer() },
      { description: 'Of the last rebuild: worked in, and there are in all' },
    ),
  ),
  requestedAt: Type.Optional(Type.String()),
  completedAt: Type.Optional(Type.String()),
  error: Type.Optional(Type.String({ description: 'Why the last rebuild failed; the table as it was goes on being used' })),
});

const operator = { auth: 'required', role: 'operator' } as const;

export function projectionRoutes(http: HttpServer, projection: Pick<Projection<Order>, 'status' | 'requestRebuild'>): void {
  http.get('/orders/projection', { schema: { response: { 200: Status } }, config: operator }, async () =>
    describe(await projection.status()),
  );

  const rebuild = { schema: { response: { 202: Status } }, config: operator };
  http.post('/orders/projection/rebuild', rebuild, async (_request, reply) => {
    if (!(await projection.requestRebuild())) throw problem(409, { detail: 'The projection is being rebuilt already.' });
    return reply.code(202).send(describe(await projection.status()));
  });
}

function describe({ requestedAt, completedAt, ...status }: ProjectionStatus) {
  return {
    ...status,
    ...(requestedAt === undefined ? {} : { requestedAt: requestedAt.toISOString() }),
    ...(completedAt === undefined ? {} : { completedAt: completedAt.toISOString() }),
  };
}
