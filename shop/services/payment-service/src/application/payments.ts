/**
 * Authorising, capturing, voiding and refunding the payment of an order, so that whatever dies in the middle, no card is charged twice
 * and no money is lost.
 *
 * Each runs in three parts: write down what is about to happen · ask the provider, under a key that is the same on every attempt ·
 * write down what came of it, with the event that tells others. A process that dies between two parts leaves a state in `-ing`, and
 * the next attempt goes on from there. No transaction is open while the provider is asked. What the provider tells by itself
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

/** Where payments are kept. */
export interface PaymentBook {
  /** Writes a payment down as `authorizing`. The existing one when there is one; undefined when the token is not the user's. */
  open(request: AuthorizationRequest, provider: string): Promise<{ payment: Payment; isNew: boolean } | undefined>;
  /** The payment; when there is none, a `voided` one that refuses all that comes late. */
  openVoided(request: PaymentRequest): Promise<Payment>;
  find(orderId: string): Promise<Payment | undefined>;
  /** Those that exist, in any order. */
  findAll(orderIds: readonly string[]): Promise<Payment[]>;
  /** The payment in its new state; undefined, and nothing changed, when it is in none of the states of `from`. */
  move(
    orderId: string,
    from: readonly PaymentState[],
    to: PaymentState,
    known?: Partial<ProviderPayment>,
  ): Promise<Payment | undefined>;
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
  /** Takes note of what the provider tells by itself, each once. Resolves to how many of them were news. */
  observe(told: readonly ProviderNews[]): Promise<number>;
}

/** What the provider says of an order's payment. */
type Answer = Pick<ProviderNews, 'orderId' | 'payment'>;

export function createPayments({ book, inTransaction, provider }: PaymentsOptions): Payments {
  const advanceTogether = advancingTogether(inTransaction);
  return { authorize, capture, void: (request) => takeBack(request, towardsVoid), refund, observe };

  async function authorize(request: AuthorizationRequest): Promise<Payment> {
    const opened = await book.open(request, provider.name);
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
    const payment = (await book.move(orderId, ['authorized'], 'capturing')) ?? (await book.find(orderId));
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

  async function observe(told: readonly ProviderNews[]): Promise<number> {
    if (told.length === 0) return 0;
    const payments = await book.findAll(told.map(({ orderId }) => orderId));
    const byOrder = new Map(payments.map((payment) => [payment.orderId, payment]));
    let count = 0;
    for (const news of told) if (isNews(byOrder.get(news.orderId), provider.name, news) && (await note(news))) count += 1;
    return count;
  }

  function note({ id, orderId, payment }: ProviderNews): Promise<boolean> {
    return inTransaction(async (unit) => {
      if (!(await unit.isFirst(provider.name, id))) return false;
      return (await advance(unit, orderId, payment)) !== undefined;
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
      const asking = payment.state === state ? payment : await book.move(payment.orderId, [payment.state], state);
      // Somebody else moved it; look again at what there is to take back.
      payment = asking === undefined ? await book.openVoided(request) : await giveBack(asking);
    }
    return payment;
  }

  async function giveBack(payment: Payment): Promise<Payment> {
    const booking = bookingOf(payment);
    const answer = payment.state === 'voiding' ? await provider.void(booking) : await refundOrVoid(booking);
    const settled = await settle(payment, answer);
    if (settled.state === payment.state) throw new ProviderDisagrees(settled, provider.name, answer.state);
    return settled;
  }

  /** A capture whose outcome was never learnt may not have taken place: then there is nothing to give back, only to let go. */
  async function refundOrVoid(booking: Booking): Promise<ProviderPayment> {
    const answer = await provider.refund(booking);
    return answer.state === 'authorized' ? provider.void(booking) : answer;
  }

  /** Notes the provider's answer, unless the payment has gone further since. */
  async function settle({ orderId }: Payment, answer: ProviderPayment): Promise<Payment> {
    const settled = (await advanceTogether({ orderId, payment: answer })) ?? (await book.find(orderId));
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

/**
 * Answers that come at the same time are noted in one transaction: each is a statement that names the states it may start from, so none needs one of
 * its own.
 */
function advancingTogether(inTransaction: PaymentsOptions['inTransaction']) {
  return combine((answers: readonly Answer[]) =>
    inTransaction(async (unit) => {
      const moved: (Payment | undefined)[] = [];
      for (const { orderId, payment } of answers) moved.push(await advance(unit, orderId, payment));
      return moved;
    }),
  );
}

/** The other provider's webhooks are not about this payment, and most tell what the answer has told already. */
function isNews(payment: Payment | undefined, provider: string, { payment: { state } }: ProviderNews): boolean {
  return payment?.provider === provider && statesBefore(state).includes(payment.state);
}

async function advance({ payments, publish }: Unit, orderId: string, news: ProviderPayment): Promise<Payment | undefined> {
  const moved = await payments.move(orderId, statesBefore(news.state), news.state, news);
  if (moved) await publish(moved);
  return moved;
}

function refuseAnother({ orderId, userId, amountYen }: Payment, request: AuthorizationRequest): void {
  if (userId === request.userId && amountYen === request.amountYen) return;
  throw new PaymentConflict('payment_mismatch', `The payment of order ${orderId} is of another user or amount.`);
}
