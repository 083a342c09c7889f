/**
 * Stands in for the part of Stripe's API that the adapter uses, on loopback: PaymentIntents with manual capture, refunds, test cards,
 * idempotency keys with their replays and conflicts. It is what the documentation says, not what Stripe does: the suite runs against
 * Stripe itself when there is a key.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Intent {
  id: string;
  object: 'payment_intent';
  amount: number;
  currency: string;
  status: string;
  payment_method: string;
  metadata: Record<string, string>;
  next_action: { type: string; redirect_to_url: { url: string } } | null;
  last_payment_error: ApiError | null;
  latest_charge: { id: string; object: 'charge'; refunded: boolean } | null;
}

interface ApiError {
  type: string;
  code: string;
  message: string;
  decline_code?: string;
}

interface Answer {
  status: number;
  body: unknown;
}

type Intents = Map<string, Intent>;
/** By idempotency key. */
type Replies = Map<string, { request: string; answer: Answer }>;

export interface StripeStandIn {
  url: string;
  intent(id: string): Intent | undefined;
  /** Takes effect, and never answers, the next time an intent is confirmed. */
  loseNextConfirmation(): void;
  /** The buyer answers the bank's page. */
  consent(id: string, answer: 'approve' | 'refuse'): void;
  close(): void;
}

const declines: Readonly<Record<string, Pick<ApiError, 'code' | 'decline_code'>>> = {
  pm_card_visa_chargeDeclined: { code: 'card_declined', decline_code: 'generic_decline' },
  pm_card_visa_chargeDeclinedInsufficientFunds: { code: 'card_declined', decline_code: 'insufficient_funds' },
  pm_card_visa_chargeDeclinedLostCard: { code: 'card_declined', decline_code: 'lost_card' },
  pm_card_chargeDeclinedExpiredCard: { code: 'expired_card' },
  pm_card_chargeDeclinedIncorrectCvc: { code: 'incorrect_cvc' },
};
const cards: ReadonlySet<string> = new Set([...Object.keys(declines), 'pm_card_visa', 'pm_card_threeDSecure2Required']);

export async function startStripeStandIn(apiKey: string): Promise<StripeStandIn> {
  const intents: Intents = new Map();
  const replies: Replies = new Map();
  let losesConfirmation = false;
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    intent: (id) => intents.get(id),
    loseNextConfirmation: () => (losesConfirmation = true),
    consent: (id, answer) => {
      const intent = intents.get(id);
      if (intent?.status === 'requires_action')
        settle(intent, answer === 'approve' ? undefined : 'payment_intent_authentication_failure');
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = Buffer.concat(chunks).toString();
    const path = new URL(request.url ?? '', 'http://stripe').pathname;
    const { answer, isReplay } =
      request.headers.authorization === `Bearer ${apiKey}`
        ? remembered(replies, String(request.headers['idempotency-key'] ?? ''), `${request.method} ${path} ${form}`, () =>
            respond(intents, path, form),
          )
        : { answer: failure(401, 'invalid_request_error', 'api_key'), isReplay: false };
    if (losesConfirmation && path.endsWith('/confirm')) {
      losesConfirmation = false;
      return;
    }
    const headers = { 'content-type': 'application/json', 'request-id': `req_${randomUUID()}` };
    response.writeHead(answer.status, { ...headers, ...(isReplay ? { 'idempotent-replayed': 'true' } : {}) });
    response.end(JSON.stringify(answer.body));
  }
}

/** A key brings back the first answer, whatever has happened since; with another request it is an error. */
function remembered(replies: Replies, key: string, request: string, work: () => Answer): { answer: Answer; isReplay: boolean } {
  const known = key === '' ? undefined : replies.get(key);
  if (known && known.request !== request)
    return { answer: failure(400, 'idempotency_error', 'idempotency_key_in_use'), isReplay: false };
  if (known) return { answer: known.answer, isReplay: true };
  const made = work();
  const answer = { status: made.status, body: structuredClone(made.body) };
  if (key !== '') replies.set(key, { request, answer });
  return { answer, isReplay: false };
}

function respond(intents: Intents, path: string, form: string): Answer {
  const params = new URLSearchParams(form);
  const [, , resource = '', id = '', operation = ''] = path.split('/');
  if (resource === 'refunds') return refund(intents, params.get('payment_intent') ?? '');
  if (resource === 'payment_intents' && id === '') return create(intents, params);
  const intent = intents.get(id);
  if (resource !== 'payment_intents' || intent === undefined) return failure(404, 'invalid_request_error', 'resource_missing');
  switch (operation) {
    case '':
      return { status: 200, body: intent };
    case 'confirm':
      return confirm(intent);
    case 'capture':
      return change(intent, ['requires_capture'], 'succeeded');
    case 'cancel':
      return change(
        intent,
        ['requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture'],
        'canceled',
      );
    default:
      return failure(404, 'invalid_request_error', 'url_invalid');
  }
}

function create(intents: Intents, params: URLSearchParams): Answer {
  const card = params.get('payment_method') ?? '';
  const isAsExpected = params.get('capture_method') === 'manual' && params.get('currency') === 'jpy';
  if (!isAsExpected || !cards.has(card)) return failure(400, 'invalid_request_error', 'resource_missing');
  const intent: Intent = {
    id: `pi_${randomUUID().replaceAll('-', '')}`,
    object: 'payment_intent',
    amount: Number(params.get('amount')),
    currency: 'jpy',
    status: 'requires_confirmation',
    payment_method: card,
    metadata: { order_id: params.get('metadata[order_id]') ?? '' },
    next_action: null,
    last_payment_error: null,
    latest_charge: null,
  };
  intents.set(intent.id, intent);
  return { status: 200, body: intent };
}

function confirm(intent: Intent): Answer {
  if (intent.status !== 'requires_confirmation') return unexpected();
  if (intent.payment_method === 'pm_card_threeDSecure2Required') {
    intent.status = 'requires_action';
    intent.next_action = { type: 'redirect_to_url', redirect_to_url: { url: `https://hooks.stripe.test/3ds/${intent.id}` } };
    return { status: 200, body: intent };
  }
  const decline = declines[intent.payment_method];
  settle(intent, decline?.code, decline?.decline_code);
  if (intent.last_payment_error === null) return { status: 200, body: intent };
  return { status: 402, body: { error: { ...intent.last_payment_error, payment_intent: intent } } };
}

function settle(intent: Intent, code?: string, declineCode?: string): void {
  intent.next_action = null;
  intent.status = code === undefined ? 'requires_capture' : 'requires_payment_method';
  if (code === undefined) intent.latest_charge = { id: `ch_${randomUUID()}`, object: 'charge', refunded: false };
  else
    intent.last_payment_error = {
      type: 'card_error',
      code,
      message: 'Your card was declined.',
      ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    };
}

function change(intent: Intent, from: readonly string[], to: string): Answer {
  if (!from.includes(intent.status)) return unexpected();
  intent.status = to;
  return { status: 200, body: intent };
}

function refund(intents: Intents, id: string): Answer {
  const intent = intents.get(id);
  if (intent?.status !== 'succeeded' || intent.latest_charge === null) return unexpected();
  if (intent.latest_charge.refunded) return failure(400, 'invalid_request_error', 'charge_already_refunded');
  intent.latest_charge.refunded = true;
  return { status: 200, body: { id: `re_${randomUUID()}`, object: 'refund', payment_intent: id, status: 'succeeded' } };
}

const failure = (status: number, type: string, code: string): Answer => ({
  status,
  body: { error: { type, code, message: code } },
});

const unexpected = (): Answer => failure(400, 'invalid_request_error', 'payment_intent_unexpected_state');
