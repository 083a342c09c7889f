/**
 * `POST /orders`. The answer comes as soon as the order is written; the checkout goes on by itself.
 */
import {
  type Client,
  ClientError,
  type Database,
  type HttpServer,
  idempotent,
  problem,
  type Transaction,
  Type,
  type Static,
} from '@hikyaku/service';
import type { NotedCheckout, Placing } from '../application/order-book.ts';
import {
  type CardInput,
  type PaymentInput,
  place,
  prepare,
  type PreparedOrder,
  type PlacingPorts,
  UnknownProduct,
} from '../application/placing.ts';
import { MAX_ITEMS, MAX_QUANTITY, type ShippingAddress, TooMany } from '../domain/order.ts';
import { tokenise } from './payment-client.ts';

const CardNumber = Type.String({ minLength: 1, maxLength: 40, description: 'Digits; spaces and hyphens are allowed' });

const Card = Type.Union([
  CardNumber,
  Type.Object({
    number: CardNumber,
    expMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
    expYear: Type.Optional(Type.Integer({ minimum: 2000, maximum: 9999 })),
  }),
]);

const line = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });

const Address = Type.Object({
  name: line('Who receives it'),
  postalCode: Type.String({ pattern: '^[0-9]{3}-?[0-9]{4}$', description: 'Seven digits: 100-0001 or 1000001' }),
  prefecture: line('東京都'),
  city: line('千代田区'),
  line1: line('Street and number'),
  line2: Type.Optional(line('Building and room')),
});

const OrderRequest = Type.Object({
  items: Type.Array(
    Type.Object({
      productId: Type.String({ minLength: 1, maxLength: 100 }),
      quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
    }),
    { minItems: 1, maxItems: MAX_ITEMS },
  ),
  card: Type.Optional(Card),
  paymentToken: Type.Optional(
    Type.String({
      // A token is kept until the checkout has ended; a card number in its place must not be.
      pattern: '^pm_',
      maxLength: 100,
      description: 'In place of `card`: of POST /payment-methods, so that no number passes here',
    }),
  ),
  shippingAddress: Type.Optional(Address),
});
type OrderRequest = Static<typeof OrderRequest>;

const Headers = Type.Object({ 'idempotency-key': Type.String({ minLength: 1, maxLength: 255 }) });
const Accepted = Type.Object({ id: Type.String(), status: Type.Literal('pending') });

export interface PlaceRouteOptions {
  database: Database;
  /** Where `place` writes, within the transaction that also keeps the answer. */
  placingIn: (tx: Transaction) => Placing;
  quote: PlacingPorts['quote'];
  payments: Client;
  /** Starts the saga of an order that has been written. */
  start: (noted: NotedCheckout) => Promise<void>;
}

export function placeRoute(http: HttpServer, { database, placingIn, quote, payments, start }: PlaceRouteOptions): void {
  const schema = { body: OrderRequest, headers: Headers, response: { 202: Accepted } };
  http.post('/orders', { schema, config: { auth: 'required' } }, async (request, reply) => {
    const { user, token = '', body } = request;
    const payment = readPayment(body);
    const shippingAddress = body.shippingAddress && readAddress(body.shippingAddress);
    const wish = { userId: user?.id ?? '', items: body.items, payment, shippingAddress };
    const written: { checkout?: NotedCheckout } = {};
    const answer = await idempotent({
      database,
      request,
      // Without the number: even the hash of a card number can be reversed by trying all of them.
      fingerprint: { items: body.items, ...recognised(payment), shippingAddress },
      prepare: () =>
        prepare(wish, { quote, tokenise: (input) => tokenise(payments, token, input) }).catch((error: unknown) =>
          refuse(error, body),
        ),
      work: async (tx, prepared) => {
        written.checkout = await place(placingIn(tx), prepared);
        return accepted(prepared);
      },
    });
    // The order is safe, so the buyer need not wait. When this fails, the sweeper starts the saga a moment later. What was written is not kept when
    // another request with the same key was quicker: its answer has another order.
    if (written.checkout?.id === answer.body.id)
      void start(written.checkout).catch((error: unknown) =>
        request.log.warn({ err: error, orderId: answer.body.id }, 'saga not started yet'),
      );
    return reply.code(202).send(answer.body);
  });
}

function accepted({ id }: PreparedOrder) {
  return { status: 202, body: { id, status: 'pending' as const } };
}

/** Members that an address does not have go no further. */
function readAddress({ name, postalCode, prefecture, city, line1, line2 }: Static<typeof Address>): ShippingAddress {
  const code = postalCode.replace('-', '');
  const address = { name, postalCode: `${code.slice(0, 3)}-${code.slice(3)}`, prefecture, city, line1 };
  return line2 === undefined ? address : { ...address, line2 };
}

/** One of the two ways to pay; the documents cannot say so without telling of every mistake twice. */
function readPayment({ card, paymentToken }: OrderRequest): PaymentInput {
  if (card !== undefined && paymentToken === undefined) return { card: readCard(card) };
  if (card === undefined && paymentToken !== undefined) return { paymentToken };
  const detail = card === undefined ? 'A card or a paymentToken is required.' : 'Give a card or a paymentToken, not both.';
  const pointer = card === undefined ? '#/card' : '#/paymentToken';
  throw problem(400, { detail, errors: [{ in: 'body', pointer, detail }] });
}

/** What two requests of one purchase have in common. */
function recognised(payment: PaymentInput): object {
  return 'card' in payment ? { card: payment.card.number.slice(-4) } : payment;
}

/** The security code, if one is sent, is not even read. */
function readCard(card: Static<typeof Card>): CardInput {
  return typeof card === 'string' ? { number: card } : { number: card.number, expMonth: card.expMonth, expYear: card.expYear };
}

function refuse(error: unknown, { items }: OrderRequest): never {
  if (error instanceof UnknownProduct) {
    const line = items.findIndex(({ productId }) => productId === error.productId);
    throw problem(422, {
      type: `urn:shop:problem:${error.code}`,
      detail: error.message,
      productId: error.productId,
      errors: [{ in: 'body', pointer: `#/items/${line}/productId`, detail: error.message }],
    });
  }
  if (error instanceof TooMany) {
    throw problem(400, {
      detail: error.message,
      errors: [{ in: 'body', pointer: `#/items/${error.line}/quantity`, detail: error.message }],
    });
  }
  if (error instanceof ClientError) {
    throw problem(503, { detail: 'Orders cannot be taken right now.', headers: { 'Retry-After': '1' }, cause: error });
  }
  throw error;
}
