/**
 * `POST /orders`. The answer comes as soon as the order is written; the checkout goes on by itself.
 */
import {
  type Client,
  ClientError,
  type Database,
  type EventBus,
  type HttpServer,
  idempotent,
  problem,
  Type,
  type Static,
} from '@hikyaku/service';
import { type CardInput, place, prepare, type PreparedOrder, type PlacingPorts, UnknownProduct } from '../application/placing.ts';
import { MAX_ITEMS, MAX_QUANTITY, TooMany } from '../domain/order.ts';
import { unitOf } from './events.ts';
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

const OrderRequest = Type.Object({
  items: Type.Array(
    Type.Object({
      productId: Type.String({ minLength: 1, maxLength: 100 }),
      quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
    }),
    { minItems: 1, maxItems: MAX_ITEMS },
  ),
  card: Card,
});
type OrderRequest = Static<typeof OrderRequest>;

const Headers = Type.Object({ 'idempotency-key': Type.String({ minLength: 1, maxLength: 255 }) });
const Accepted = Type.Object({ id: Type.String(), status: Type.Literal('pending') });

export interface PlaceRouteOptions {
  database: Database;
  bus: EventBus;
  quote: PlacingPorts['quote'];
  payments: Client;
  /** Starts the saga of an order that has been written. */
  start: (orderId: string) => Promise<void>;
}

export function placeRoute(http: HttpServer, { database, bus, quote, payments, start }: PlaceRouteOptions): void {
  const schema = { body: OrderRequest, headers: Headers, response: { 202: Accepted } };
  http.post('/orders', { schema, config: { auth: 'required' } }, async (request, reply) => {
    const { user, token = '', body } = request;
    const card = readCard(body.card);
    const wish = { userId: user?.id ?? '', items: body.items, card };
    const answer = await idempotent({
      database,
      request,
      // Without the number: even the hash of a card number can be reversed by trying all of them.
      fingerprint: { items: body.items, card: card.number.slice(-4) },
      prepare: () =>
        prepare(wish, { quote, tokenise: (input) => tokenise(payments, token, input) }).catch((error: unknown) =>
          refuse(error, body),
        ),
      work: async (tx, prepared) => {
        await place(unitOf(tx, bus), prepared);
        return accepted(prepared);
      },
    });
    // The order is safe. When this fails, the sweeper starts the saga a moment later.
    await start(answer.body.id).catch((error: unknown) =>
      request.log.warn({ err: error, orderId: answer.body.id }, 'saga not started yet'),
    );
    return reply.code(202).send(answer.body);
  });
}

function accepted({ order }: PreparedOrder) {
  return { status: 202, body: { id: order.id, status: 'pending' as const } };
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
