/** What this service asks of others over HTTP, and what it reads of their answers. Stock is asked for by gRPC: @shop/contracts. */
import { defineCall, type TSchema, Type } from '@hikyaku/service';

const ItemBody = Type.Object({
  productId: Type.String({ minLength: 1, maxLength: 100 }),
  quantity: Type.Integer({ minimum: 1, maximum: 99 }),
});
const UserId = Type.Object({ userId: Type.String({ minLength: 1, maxLength: 100 }) });

/** Checkouts that ask at the same time ask together: as many as this. */
export const MOST_AT_ONCE = 20;

export const knownUsers = defineCall({
  provider: 'user-service',
  method: 'POST',
  path: '/internal/users/known',
  body: Type.Object({ ids: Type.Array(Type.String({ format: 'uuid' }), { minItems: 1, maxItems: MOST_AT_ONCE }) }),
  response: Type.Object({ ids: Type.Array(Type.String()) }),
});

export const findProducts = defineCall({
  provider: 'product-service',
  method: 'GET',
  path: '/internal/products',
  query: Type.Object({ ids: Type.String() }),
  response: Type.Object({
    items: Type.Array(
      Type.Object({ id: Type.String(), name: Type.Object({ ja: Type.String(), en: Type.String() }), priceYen: Type.Integer() }),
    ),
  }),
});

/** On behalf of the user whose card it is. */
export const addPaymentMethod = defineCall({
  provider: 'payment-service',
  method: 'POST',
  path: '/payment-methods',
  body: Type.Object({
    number: Type.String({ minLength: 1, maxLength: 40 }),
    expMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
    expYear: Type.Optional(Type.Integer({ minimum: 2000, maximum: 9999 })),
  }),
  response: Type.Object({ token: Type.String() }),
});

const PaymentWish = {
  ...UserId.properties,
  paymentToken: Type.String(),
  amountYen: Type.Integer({ minimum: 1, maximum: 99_999_999 }),
};
const Authorized = Type.Union([Type.Literal('authorized'), Type.Literal('requires_action')]);

const paymentChange = <const Path extends string>(path: Path) =>
  defineCall({ provider: 'payment-service', method: 'PUT', path, body: UserId });

export const voidPayment = paymentChange('/internal/payments/:orderId/void');
export const refundPayment = paymentChange('/internal/payments/:orderId/refund');

const OrderId = Type.String({ format: 'uuid' });

/** In the order in which they were asked for: what became of the order's payment, or why not; that is read as the answer of a call for it alone. */
const outcomesOf = <const State extends TSchema>(state: State) =>
  Type.Object({
    payments: Type.Array(
      Type.Object({
        state: Type.Optional(state),
        problem: Type.Optional(Type.Object({ type: Type.String(), title: Type.String(), status: Type.Integer() })),
      }),
    ),
  });
const listed = { minItems: 1, maxItems: MOST_AT_ONCE };

export const authorizePayments = defineCall({
  provider: 'payment-service',
  method: 'POST',
  path: '/internal/authorizations',
  body: Type.Object({ payments: Type.Array(Type.Object({ orderId: OrderId, ...PaymentWish }), listed) }),
  response: outcomesOf(Authorized),
});

export const capturePayments = defineCall({
  provider: 'payment-service',
  method: 'POST',
  path: '/internal/captures',
  body: Type.Object({ payments: Type.Array(Type.Object({ orderId: OrderId, ...UserId.properties }), listed) }),
  response: outcomesOf(Type.Literal('captured')),
});

export const clearCarts = defineCall({
  provider: 'cart-service',
  method: 'POST',
  path: '/internal/bought-orders',
  body: Type.Object({
    orders: Type.Array(
      Type.Object({
        ...UserId.properties,
        orderId: OrderId,
        items: Type.Array(ItemBody, { minItems: 1, maxItems: 50 }),
      }),
      { minItems: 1, maxItems: MOST_AT_ONCE },
    ),
  }),
});

const MailOfOrder = Type.Object({ orderId: OrderId, kind: Type.Literal('order.shipped') });

export const missingMails = defineCall({
  provider: 'notification-service',
  method: 'POST',
  path: '/internal/mails/missing',
  body: Type.Object({ mails: Type.Array(MailOfOrder, { minItems: 1, maxItems: MOST_AT_ONCE }) }),
  response: Type.Object({ missing: Type.Array(Type.Object({ orderId: Type.String(), kind: Type.String() })) }),
});
