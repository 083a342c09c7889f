/**
 * Charging an order and taking the charge back, so that whatever dies in the middle, no card is charged twice and no charge is lost.
 *
 * Each runs in three parts: write down what is about to happen · ask the card network, under a key that is the same on every
 * attempt · write down what came of it. A process that dies between two parts leaves a `pending` or `refunding` charge, and the
 * next attempt goes on from there. No transaction is open while the network is asked.
 */
import { type Charge, type ChargeState, mustCharge, mustRefund } from '../domain/charge.ts';

export interface ChargeRequest {
  orderId: string;
  userId: string;
  paymentToken: string;
  amountYen: number;
}

export interface RefundRequest {
  orderId: string;
  userId: string;
}

/** A card network or payment provider. Every call may be repeated with the same `key`; it has its effect once. */
export interface CardNetwork {
  /** Takes the money. Throws `NetworkTimeout` when no answer came: the money may or may not have been taken. */
  book: (booking: { key: string; reference: string; amountYen: number }) => Promise<'booked' | 'declined' | 'voided'>;
  /** Gives the money back, or refuses a booking that is still to come. Throws `NetworkTimeout`. */
  reverse: (key: string) => Promise<'refunded' | 'voided'>;
}

/** The card network did not answer in time. */
export class NetworkTimeout extends Error {
  readonly code = 'network_timeout';

  constructor(timeoutMs: number) {
    super(`The card network did not answer within ${timeoutMs} ms.`);
  }
}

/** The token names no card of this user. */
export class UnknownPaymentMethod extends Error {
  readonly code = 'unknown_payment_method';

  constructor() {
    super('There is no such payment method.');
  }
}

/** The charges, within one transaction. */
export interface ChargeBook {
  /** The network's name for the user's card, or undefined when the token is not theirs. */
  cardReference(userId: string, paymentToken: string): Promise<string | undefined>;
  /** Locks and returns the order's charge; creates it in the given state when there is none. */
  enter(
    request: { orderId: string; userId: string; amountYen: number; paymentToken?: string },
    initial: ChargeState,
  ): Promise<Charge>;
  setState(orderId: string, state: ChargeState): Promise<void>;
}

export interface PaymentEvent {
  type: 'payment.charged' | 'payment.declined' | 'payment.refunded';
  orderId: string;
  amountYen: number;
}

/** One transaction: the charges, and the events that go out when, and only when, it commits. */
export interface Unit {
  charges: ChargeBook;
  publish: (event: PaymentEvent) => Promise<void>;
}

export interface ChargingOptions {
  inTransaction: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;
  network: CardNetwork;
}

export interface Charging {
  /** Throws `CardDeclined`, `ChargeCancelled`, `UnknownPaymentMethod`, or `NetworkTimeout` (then try again). */
  charge(request: ChargeRequest): Promise<Charge>;
  /** Succeeds also when nothing was charged, and then makes every later charge of the order fail. Throws `NetworkTimeout`. */
  refund(request: RefundRequest): Promise<void>;
}

export function createCharging({ inTransaction, network }: ChargingOptions): Charging {
  return { charge, refund };

  async function charge(request: ChargeRequest): Promise<Charge> {
    const opened = await inTransaction((unit) => open(unit, request));
    if (!mustCharge(opened.charge)) return opened.charge;
    const outcome = await network.book({ key: request.orderId, reference: opened.reference, amountYen: opened.charge.amountYen });
    const settled = await inTransaction((unit) => settle(unit, opened.charge, outcome));
    // A refund may have come in between, or the bank has said no: both throw here.
    mustCharge(settled);
    return settled;
  }

  async function refund(request: RefundRequest): Promise<void> {
    const before = await inTransaction((unit) => beginRefund(unit, request));
    if (!mustRefund(before.state)) return;
    const outcome = await network.reverse(request.orderId);
    await inTransaction((unit) => endRefund(unit, before, outcome));
  }
}

async function open({ charges }: Unit, request: ChargeRequest): Promise<{ charge: Charge; reference: string }> {
  const reference = await charges.cardReference(request.userId, request.paymentToken);
  if (reference === undefined) throw new UnknownPaymentMethod();
  return { charge: await charges.enter(request, 'pending'), reference };
}

/** Notes the network's answer, unless somebody else has settled the charge since. */
async function settle({ charges, publish }: Unit, opened: Charge, outcome: 'booked' | 'declined' | 'voided'): Promise<Charge> {
  const charge = await charges.enter(opened, 'pending');
  if (charge.state !== 'pending') return charge;
  const state = outcome === 'booked' ? 'charged' : outcome;
  await charges.setState(charge.orderId, state);
  if (state !== 'voided') await publish({ type: `payment.${state}`, orderId: charge.orderId, amountYen: charge.amountYen });
  return { ...charge, state };
}

/** The charge as it was. From now on it can only go towards `refunded` or `voided`. */
async function beginRefund({ charges }: Unit, { orderId, userId }: RefundRequest): Promise<Charge> {
  const charge = await charges.enter({ orderId, userId, amountYen: 0 }, 'voided');
  if (mustRefund(charge.state)) await charges.setState(orderId, 'refunding');
  return charge;
}

async function endRefund({ charges, publish }: Unit, before: Charge, outcome: 'refunded' | 'voided'): Promise<void> {
  const charge = await charges.enter(before, 'voided');
  if (charge.state !== 'refunding') return;
  await charges.setState(charge.orderId, outcome);
  if (outcome === 'refunded') await publish({ type: 'payment.refunded', orderId: charge.orderId, amountYen: charge.amountYen });
}
