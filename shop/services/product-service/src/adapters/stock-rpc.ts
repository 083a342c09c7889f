/**
 * What checkouts ask of this service, by gRPC: stock for orders. The gateway does not route here. What the contract's
 * types cannot say (a UUID, at least one piece) is checked here.
 */
import { GrpcError, type GrpcHandlers, type TSchema, Type } from '@hikyaku/service';
import type { stockContract } from '@shop/contracts/stock';
import { Compile, type Validator } from 'typebox/compile';
import { keep, type Keeping, release, type Wish } from '../application/reservations.ts';
import { OutOfStock, ReservationEnded } from '../domain/reservation.ts';

const OrderId = Type.String({ format: 'uuid' });
const MAX_LINES = 500;
const MAX_ORDERS = 100;

const Order = Type.Object({ orderId: OrderId });
const Item = Type.Object({ productId: Type.String({ minLength: 1, maxLength: 100 }), quantity: Type.Integer({ minimum: 1 }) });
const Wanted = Type.Object({ orderId: OrderId, items: Type.Array(Item, { minItems: 1, maxItems: MAX_LINES }) });
const several = (order: TSchema) => Compile(Type.Object({ orders: Type.Array(order, { minItems: 1, maxItems: MAX_ORDERS }) }));

const [OrderBody, CommitManyBody, ReserveManyBody] = [Compile(Order), several(Order), several(Wanted)];

type StockHandlers = GrpcHandlers<NonNullable<(typeof stockContract)['definition']>>;

export interface StockRpcOptions extends Keeping {
  /** Holds the items for an order, beside others that ask at the same time. */
  reserve: (wish: Wish) => Promise<void>;
}

export function stockRpc({ reserve, ...stock }: StockRpcOptions): StockHandlers {
  return {
    ReserveMany: async (request) => {
      check(ReserveManyBody, request);
      request.orders.forEach(checkUnique);
      return { outcomes: await Promise.all(request.orders.map((wish) => outcomeOf(reserve(wish)))) };
    },

    CommitMany: async (request) => {
      check(CommitManyBody, request);
      return { outcomes: await Promise.all(request.orders.map(({ orderId }) => outcomeOf(keep(stock, orderId)))) };
    },

    Release: async (request) => {
      check(OrderBody, request);
      await stock.inTransaction((unit) => release(unit, [request.orderId])).catch(refuse);
      return {};
    },
  };
}

function check(validator: Pick<Validator, 'Check' | 'Errors'>, request: unknown): void {
  if (validator.Check(request)) return;
  const errors = validator.Errors(request).map(({ instancePath, message }) => `${instancePath} ${message}`);
  throw new GrpcError('INVALID_ARGUMENT', errors.join('; '));
}

function checkUnique({ orderId, items }: Wish): void {
  const ids = items.map(({ productId }) => productId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new GrpcError('INVALID_ARGUMENT', `/items of order ${orderId} name "${twice}" twice`);
}

/** What the caller decides by; undefined when the error is no refusal of the domain's. */
function refusalOf(error: unknown): { reason: string; productId?: string } | undefined {
  if (error instanceof OutOfStock) return { reason: error.code, productId: error.productId };
  return error instanceof ReservationEnded ? { reason: error.code } : undefined;
}

/** A refusal as a status. */
function refuse(error: unknown): never {
  const reason = refusalOf(error)?.reason;
  if (reason === undefined || !(error instanceof Error)) throw error;
  throw new GrpcError('FAILED_PRECONDITION', error.message, { reason });
}

/** A refusal as one outcome of several. */
async function outcomeOf(asked: Promise<void>): Promise<{ refusal?: { reason: string; productId?: string } }> {
  try {
    await asked;
    return {};
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { refusal };
  }
}
