/**
 * Authorising, capturing, voiding and refunding the payment of an order, so that whatever dies in the middle, no card is charged twice
 * and no money is lost.
 *
 * Each runs in three parts: write down what is about to happen · ask the provider, under a key that is the same on every attempt ·
 * write down what came of it, with the event that tells others. A process that dies between two parts leaves a state in `-ing`, and
 * the next attempt goes on from there; a capture leaves `authorized`, and begins with the second part. No transaction is open while the provider is asked. What the provider tells by itself
 * (a webhook) goes through the same third part; it only ever moves a payment forward.
 */
import { combine } from '@hikyaku/service';
import {
  authorization,
  mustCapture,
  type Payment,
  PaymentConflict,
  type PaymentState,
  statesBefore,
  towardsRefund,
  towardsVoid,
} from '../domain/payment.ts';
import type { Booking, PaymentProvider, ProviderPayment } from './payment-provider.ts';
import type { ProviderNews } from './webhooks.ts';

export interface AuthorizationRequest {
  orderId: string;
  userId: string;
  paymentToken: string;
  amountYen: number;
}

export interface PaymentRequest {
  orderId: string;
  userId: string;
}

/** The token names no card of this user. */
export class UnknownPaymentMethod extends Error {
  readonly code = 'unknown_payment_method';

  constructor() {
    super('There is no such payment method.');
  }
}

/** The provider's answer cannot be true; asking again may help. */
export class ProviderDisagrees extends Error {
  readonly code = 'provider_disagrees';

  constructor({ orderId, state }: Payment, provider: string, said: string) {
    super(`${provider} says that the payment of order ${orderId} is ${said}, which is ${state} here.`);
  }
}

/** A payment, and whether this request wrote it down. */
export interface Opened {
  payment: Payment;
  isNew: boolean;
}

export interface Move {
  orderId: string;
  /** Applies to a payment in one of these states only. */
  from: readonly PaymentState[];
  to: PaymentState;
  known?: Partial<ProviderPayment>;
}

/** Where payments are kept. What takes several answers for each, in their order. */
export interface PaymentBook {
  /** Writes payments down as `authorizing`. The existing one where there is one; undefined where the token is not the user's. */
  open(requests: readonly AuthorizationRequest[], provider: string): Promise<(Opened | undefined)[]>;
  /** The payment; when there is none, a `voided` one that refuses all that comes late. */
  openVoided(request: PaymentRequest): Promise<Payment>;
  find(orderIds: readonly string[]): Promise<(Payment | undefined)[]>;
  /** Payments in their new states; undefined where a move did not apply, and nothing changed. Of two moves of one order the first counts. */
  move(moves: readonly Move[]): Promise<(Payment | undefined)[]>;
}

/** One transaction: the payments, and the events that go out when, and only when, it commits. */
export interface Unit {
  payments: PaymentBook;
  /** Notes that the provider's webhook is being handled; false when it has been before. */
  isFirst: (provider: string, webhook: string) => Promise<boolean>;
  /** Tells what has become of the payment. */
  publish: (payment: Payment) => Promise<void>;
}

export interface PaymentsOptions {
  /** Each call for itself, outside of any transaction. */
  book: PaymentBook;
  inTransaction: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;
  provider: PaymentProvider;
}

/** Every method may be called again, and must be when it threw something that is neither of the errors named. */
export interface Payments {
  /** `authorized` or beyond, or `requires_action`. Throws `PaymentDeclined`, `PaymentConflict`, `UnknownPaymentMethod`. */
  authorize(request: AuthorizationRequest): Promise<Payment>;
  /** Throws `PaymentDeclined` or `PaymentConflict`. */
  capture(request: PaymentRequest): Promise<Payment>;
  /** Also before anything was authorised; what comes late is then refused. Throws `PaymentConflict` when captured. */
  void(request: PaymentRequest): Promise<Payment>;
  /** Gives back what was captured, lets go what was only authorised; also before either. */
  refund(request: PaymentRequest): Promise<Payment>;
  /** Takes note of what the provider tells by itself, each once. */
  observe(told: readonly ProviderNews[]): Promise<void>;
}

/** What the provider says of an order's payment. */
type Answer = Pick<ProviderNews, 'orderId' | 'payment'>;

export function createPayments({ book, inTransaction, provider }: PaymentsOptions): Payments {
  // Orders that are asked for at the same time share statements and commits.
  const open = combine((requests: readonly AuthorizationRequest[]) => book.open(requests, provider.name));
  const find = combine((orderIds: readonly string[]) => book.find(orderIds));
  const advance = advancing(inTransaction);
  return { authorize, capture, void: (request) => takeBack(request, towardsVoid), refund, observe };

  async function authorize(request: AuthorizationRequest): Promise<Payment> {
    const opened = await open(request);
    if (opened === undefined) throw new UnknownPaymentMethod();
    const { payment, isNew } = opened;
    const known = authorization(payment);
    refuseAnother(payment, request);
    if (known === 'authorized') return payment;
    const settled = await settle(payment, await askForAuthorization(bookingOf(payment), isNew));
    // It may have been cancelled in between, or the bank has said no: both throw here.
    if (authorization(settled) === 'unknown') throw new ProviderDisagrees(settled, provider.name, 'settled');
    return settled;
  }

  async function capture({ orderId }: PaymentRequest): Promise<Payment> {
    const payment = await find(orderId);
    if (payment === undefined) throw new PaymentConflict('payment_not_authorized', `Order ${orderId} has no payment.`);
    if (!mustCapture(payment)) return payment;
    const answer = await provider.capture(bookingOf(payment));
    const settled = await settle(payment, answer);
    if (mustCapture(settled)) throw new ProviderDisagrees(settled, provider.name, answer.state);
    return settled;
  }

  function refund(request: PaymentRequest): Promise<Payment> {
    return takeBack(request, ({ state }) => towardsRefund(state));
  }

  async function observe(told: readonly ProviderNews[]): Promise<void> {
    if (told.length === 0) return;
    const payments = await book.find(told.map(({ orderId }) => orderId));
    for (const [index, news] of told.entries()) if (isNews(payments[index], provider.name, news)) await note(news);
  }

  function note(news: ProviderNews): Promise<void> {
    return inTransaction(async (unit) => {
      if (await unit.isFirst(provider.name, news.id)) await advanceAll(unit, [news]);
    });
  }

  /** After an attempt whose outcome is unknown the provider is asked first what it knows: that answer comes quickly. */
  async function askForAuthorization(booking: Booking, isNew: boolean): Promise<ProviderPayment> {
    const found = isNew ? undefined : await provider.find(booking);
    return found ?? provider.authorize(booking);
  }

  async function takeBack(
    request: PaymentRequest,
    towards: (payment: Payment) => 'voiding' | 'refunding' | undefined,
  ): Promise<Payment> {
    let payment = await book.openVoided(request);
    for (let state = towards(payment); state !== undefined; state = towards(payment)) {
      const { orderId, state: from } = payment;
      const [asking] = from === state ? [payment] : await book.move([{ orderId, from: [from], to: state }]);
      // Somebody else moved it; look again at what there is to take back.
      payment = asking === undefined ? await book.openVoided(request) : await giveBack(asking);
    }
    return payment;
  }

  async function giveBack(payment: Payment): Promise<Payment> {
    const booking = bookingOf(payment);
    const answer = await (payment.state === 'voiding' ? provider.void(booking) : provider.refund(booking));
    const settled = await settle(payment, answer);
    if (settled.state === payment.state) throw new ProviderDisagrees(settled, provider.name, answer.state);
    return settled;
  }

  /** Notes the provider's answer, unless the payment has gone further since. */
  async function settle({ orderId }: Payment, answer: ProviderPayment): Promise<Payment> {
    const settled = (await advance({ orderId, payment: answer })) ?? (await find(orderId));
    if (settled === undefined) throw new Error(`The payment of order ${orderId} has vanished.`);
    return settled;
  }

  function bookingOf({ orderId, amountYen, card, providerId, provider: asked }: Payment): Booking {
    if (card === undefined || asked !== provider.name)
      throw new PaymentConflict(
        'payment_elsewhere',
        `Order ${orderId} was paid through ${asked ?? 'nobody'}; payments go through ${provider.name} now.`,
      );
    return { key: orderId, card, amountYen, ...(providerId === undefined ? {} : { id: providerId }) };
  }
}

/** Payments that were asked for together are answered for one after the other, within so long. */
const gather = { mostMs: 50 };

/** Notes the provider's answer. Those that come about the same time are one statement and one commit. */
function advancing(inTransaction: PaymentsOptions['inTransaction']): (answer: Answer) => Promise<Payment | undefined> {
  return combine((answers: readonly Answer[]) => inTransaction((unit) => advanceAll(unit, answers)), { gather });
}

/** The other provider's webhooks are not about this payment, and most tell what the answer has told already. */
function isNews(payment: Payment | undefined, provider: string, { payment: { state } }: ProviderNews): boolean {
  return payment?.provider === provider && statesBefore(state).includes(payment.state);
}

async function advanceAll({ payments, publish }: Unit, answers: readonly Answer[]): Promise<(Payment | undefined)[]> {
  const moved = await payments.move(
    answers.map(({ orderId, payment: known }) => ({ orderId, from: statesBefore(known.state), to: known.state, known })),
  );
  for (const payment of moved) if (payment) await publish(payment);
  return moved;
}

function refuseAnother({ orderId, userId, amountYen }: Payment, request: AuthorizationRequest): void {
  if (userId === request.userId && amountYen === request.amountYen) return;
  throw new PaymentConflict('payment_mismatch', `The payment of order ${orderId} is of another user or amount.`);
}
