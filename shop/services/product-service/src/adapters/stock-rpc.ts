/**
 * What the checkout asks of this service, by gRPC: stock for an order. The gateway does not route here. What the contract's
 * types cannot say (a UUID, at least one piece) is checked here.
 */
import { GrpcError, type GrpcHandlers, Type } from '@hikyaku/service';
import type { stockContract } from '@shop/contracts/stock';
import { Compile, type Validator } from 'typebox/compile';
import { keep, type Keeping, release, reserve } from '../application/reservations.ts';
import { OutOfStock, ReservationEnded } from '../domain/reservation.ts';

const OrderId = Type.String({ format: 'uuid' });
const MAX_LINES = 500;

const OrderBody = Compile(Type.Object({ orderId: OrderId }));
const Item = Type.Object({ productId: Type.String({ minLength: 1, maxLength: 100 }), quantity: Type.Integer({ minimum: 1 }) });
const ReserveBody = Compile(Type.Object({ orderId: OrderId, items: Type.Array(Item, { minItems: 1, maxItems: MAX_LINES }) }));

type StockHandlers = GrpcHandlers<NonNullable<(typeof stockContract)['definition']>>;

export function stockRpc(stock: Keeping): StockHandlers {
  const { inTransaction } = stock;
  return {
    Reserve: async (request) => {
      check(ReserveBody, request);
      checkUnique(request.items.map(({ productId }) => productId));
      await inTransaction((unit) => reserve(unit, request.orderId, request.items)).catch(refuse);
      return {};
    },

    Commit: async (request) => {
      check(OrderBody, request);
      await keep(stock, request.orderId).catch(refuse);
      return {};
    },

    Release: async (request) => {
      check(OrderBody, request);
      await inTransaction((unit) => release(unit, request.orderId)).catch(refuse);
      return {};
    },
  };
}

function check(validator: Pick<Validator, 'Check' | 'Errors'>, request: unknown): void {
  if (validator.Check(request)) return;
  const errors = validator.Errors(request).map(({ instancePath, message }) => `${instancePath} ${message}`);
  throw new GrpcError('INVALID_ARGUMENT', errors.join('; '));
}

function checkUnique(productIds: readonly string[]): void {
  const twice = productIds.find((id, index) => productIds.indexOf(id) !== index);
  if (twice !== undefined) throw new GrpcError('INVALID_ARGUMENT', `/items names "${twice}" twice`);
}

/** The domain's refusals as statuses; the reason is what the caller decides by. */
function refuse(error: unknown): never {
  if (error instanceof OutOfStock) {
    throw new GrpcError('FAILED_PRECONDITION', error.message, { reason: error.code, metadata: { product_id: error.productId } });
  }
  if (error instanceof ReservationEnded) throw new GrpcError('FAILED_PRECONDITION', error.message, { reason: error.code });
  throw error;
}
