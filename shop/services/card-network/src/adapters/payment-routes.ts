/**
 * What a merchant asks of the network. The merchant's own key names the payment, so every request may be repeated. An operation
 * that does not apply changes nothing; the answer is the payment as it stands, and the merchant reads its state.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { type Operation, type Payment, paymentStates } from '../domain/payment.ts';
import type { Authorized, Ledger } from './ledger.ts';

export interface PaymentRoutesOptions {
  ledger: Ledger;
  /** What a merchant must send as bearer token. */
  apiKey: string;
  /** Public address of the page that asks the buyer for consent; the payment's authentication id is added. */
  authenticationUrl: string;
  /** How late a late answer is. */
  lateMs: number;
}

const CardBody = Type.Object({ number: Type.String({ pattern: '^[0-9]{12,19}$' }) });
const RegisteredCard = Type.Object({ card: Type.String() });
const KeyParams = Type.Object({ key: Type.String({ minLength: 1, maxLength: 200 }) });
const AuthorizationBody = Type.Object({
  card: Type.String(),
  amountYen: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  returnUrl: Type.Optional(Type.String({ pattern: '^(/(?!/)|https?://)', maxLength: 2000 })),
});
const PaymentBody = Type.Object({
  key: Type.String(),
  id: Type.String(),
  state: Type.Enum([...paymentStates]),
  amountYen: Type.Integer(),
  reason: Type.Optional(Type.String()),
  actionUrl: Type.Optional(Type.String()),
});

export function paymentRoutes(http: HttpServer, { ledger, apiKey, authenticationUrl, lateMs }: PaymentRoutesOptions): void {
  const answer = (payment: Payment) => present(payment, authenticationUrl);
  const merchant = { onRequest: admitMerchants(apiKey) };

  http.post(
    '/v1/cards',
    { ...merchant, schema: { body: CardBody, response: { 201: RegisteredCard } } },
    async ({ body }, reply) => reply.code(201).send({ card: await ledger.register(body.number) }),
  );

  const authorization = { params: KeyParams, body: AuthorizationBody, response: { 200: PaymentBody } };
  http.put('/v1/payments/:key', { ...merchant, schema: authorization }, async ({ params: { key }, body, raw }, reply) => {
    const authorized = await ledger.authorize({ key, ...body });
    if (authorized === 'unknown_card') throw refusal(422, 'unknown_card', 'There is no such card.');
    if (authorized === 'key_reused') throw refusal(409, 'key_reused', 'This key was used for another card or amount.');
    if (authorized.answers === 'not-at-first' && authorized.isNew) {
      hangUp(raw.socket);
      return reply.hijack();
    }
    await dawdle(authorized, lateMs);
    return answer(authorized.payment);
  });

  const existing = { ...merchant, schema: { params: KeyParams, response: { 200: PaymentBody } } };
  http.get('/v1/payments/:key', existing, async ({ params }) => answer(await known(ledger.find(params.key))));

  for (const operation of ['capture', 'void', 'refund'] satisfies Operation[]) {
    http.post(`/v1/payments/:key/${operation}`, existing, async ({ params }) =>
      answer(await known(ledger.apply(operation, params.key))),
    );
  }
}

function admitMerchants(apiKey: string) {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${apiKey}`);
  return async ({ headers }: { headers: IncomingHttpHeaders }): Promise<void> => {
    if (timingSafeEqual(digest(headers.authorization ?? ''), expected)) return Promise.resolve();
    throw problem(401, {
      detail: 'The API key is missing or wrong.',
      headers: { 'www-authenticate': 'Bearer realm="card-network"' },
    });
  };
}

/** The booking stands; whoever asked never hears of it and gives up, or is cut off after a long while. */
function hangUp(socket: Socket): void {
  const patience = setTimeout(() => socket.destroy(), 30_000).unref();
  socket.once('close', () => clearTimeout(patience));
}

async function dawdle({ answers }: Authorized, lateMs: number): Promise<void> {
  if (answers === 'late') await delay(lateMs);
}

async function known(search: Promise<Payment | undefined>): Promise<Payment> {
  const payment = await search;
  if (!payment) throw refusal(404, 'unknown_payment', 'There is no payment under this key.');
  return payment;
}

const refusal = (status: number, code: string, detail: string) =>
  problem(status, { type: `urn:card-network:problem:${code}`, detail });

function present({ key, id, state, amountYen, reason, authenticationId }: Payment, authenticationUrl: string) {
  return {
    key,
    id,
    state,
    amountYen,
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'requires_action' && authenticationId !== undefined
      ? { actionUrl: `${authenticationUrl}/${authenticationId}` }
      : {}),
  };
}
