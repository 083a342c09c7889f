/**
 * The checkout saga: what carries a pending order to its end, whichever process dies on the way.
 *
 *     validate-user → reserve-stock → authorize-payment → confirm-order → capture-payment → ship-order → clear-cart → notify
 *                        release            void              cancel           refund        (pivot)
 *
 * What was done is taken back in reverse when a step before the pivot is refused or gets no answer: stock is released, the payment let go or given
 * back, the order cancelled. Once the parcel is on its way there is no way back; what follows is repeated, and when it fails for good the saga is
 * stuck until an operator has looked (GET /sagas?state=stuck).
 *
 * Every step may run more than once and every compensation may arrive before its step; the services called know the order by its id and take that
 * into account. Stock is sold, the invoice written, the cart emptied and mails sent by events (order.confirmed, order.shipped); the last two steps
 * only make sure of it, so that what got lost is seen.
 */
import { type AttemptPolicy, defineSaga, type RetryPolicy, SagaPending, step } from '@hikyaku/service';
import type { WantedItem } from '../domain/order.ts';

/** JSON, and kept by the saga engine: nothing secret belongs here. */
export interface CheckoutInput {
  userId: string;
  items: WantedItem[];
  totalYen: number;
  paymentToken: string;
}

export interface PaymentOfOrder {
  orderId: string;
  userId: string;
}

/**
 * What the steps need done. A port throws `SagaAbort` with a reason when the answer is no, and anything else when there was no
 * answer; it is then asked again.
 */
export interface CheckoutPorts {
  /** Aborts with `unknown_user`. */
  validateUser(userId: string): Promise<void>;
  /** Aborts with `out_of_stock`. */
  reserveStock(orderId: string, items: readonly WantedItem[]): Promise<void>;
  /** Makes sure that the order still holds what it reserved, and that it keeps it. Aborts with `out_of_stock`. */
  keepStock(orderId: string): Promise<void>;
  releaseStock(orderId: string, signal: AbortSignal): Promise<void>;
  /** `requires_action`: the buyer has to give consent first. Aborts with the reason of a decline, `card_declined`, `insufficient_funds`, … */
  authorize(payment: PaymentOfOrder & { paymentToken: string; amountYen: number }): Promise<'authorized' | 'requires_action'>;
  capture(payment: PaymentOfOrder): Promise<void>;
  voidPayment(payment: PaymentOfOrder, signal: AbortSignal): Promise<void>;
  refund(payment: PaymentOfOrder, signal: AbortSignal): Promise<void>;
  confirm(orderId: string): Promise<void>;
  cancel(orderId: string, reason: string): Promise<void>;
  /** Aborts with `shipping_failed`. */
  ship(orderId: string): Promise<void>;
  clearCart(order: { orderId: string; userId: string; items: readonly WantedItem[] }): Promise<void>;
  /** Makes sure that the mail has been written. */
  ensureMail(mail: { orderId: string; kind: 'order.shipped' }): Promise<void>;
}

/** About a minute: longer than it takes a service or the database to be restarted. */
const patient: AttemptPolicy = { timeoutMs: 5000, retry: { attempts: 35, initialMs: 100, maxMs: 2000 } };
/** About ten minutes: what follows the pivot, or takes something back, has no other way to go. */
const veryPatient: RetryPolicy = { attempts: 65, initialMs: 100, maxMs: 10_000 };
/** For the buyer to give consent (3-D Secure), and how often the answer is looked for. */
const CONSENT_MS = 600_000;
const ASK_AGAIN_MS = 1000;

/** Reasons an order is cancelled for that the buyer can do something about. Everything else is `unavailable`. */
const reasons: ReadonlySet<string> = new Set([
  'unknown_user',
  'out_of_stock',
  'card_declined',
  'insufficient_funds',
  'lost_card',
  'expired_card',
  'incorrect_cvc',
  'authentication_failed',
  'shipping_failed',
  'unknown_payment_method',
]);

const told = (reason: string): string => (reasons.has(reason) ? reason : 'unavailable');

export const checkout = defineSaga<CheckoutInput, CheckoutPorts>({
  name: 'checkout',
  version: '2',
  // It charged at once and did not ship. Its orders are known by the same ids, so they can go this way from the beginning.
  replaces: ['1'],
  steps: [
    step({
      name: 'validate-user',
      ...patient,
      run: ({ input, ports }) => ports.validateUser(input.userId),
    }),
    step({
      name: 'reserve-stock',
      ...patient,
      run: ({ sagaId, input, ports }) => ports.reserveStock(sagaId, input.items),
      compensate: ({ sagaId, ports, signal }) => ports.releaseStock(sagaId, signal),
    }),
    step({
      name: 'authorize-payment',
      ...patient,
      pendingForMs: CONSENT_MS,
      run: async ({ sagaId, input: { userId, paymentToken, totalYen }, ports }) => {
        const state = await ports.authorize({ orderId: sagaId, userId, paymentToken, amountYen: totalYen });
        if (state === 'requires_action') throw new SagaPending('authentication_failed', { askAgainMs: ASK_AGAIN_MS });
      },
      compensate: ({ sagaId, input: { userId }, ports, signal }) => ports.voidPayment({ orderId: sagaId, userId }, signal),
    }),
    step({
      name: 'confirm-order',
      ...patient,
      run: async ({ sagaId, ports }) => {
        // A reservation ends by itself after a while: nothing is confirmed, or charged, whose pieces others may have bought meanwhile.
        await ports.keepStock(sagaId);
        await ports.confirm(sagaId);
      },
      compensate: ({ sagaId, ports, reason }) => ports.cancel(sagaId, told(reason)),
    }),
    step({
      name: 'capture-payment',
      ...patient,
      run: ({ sagaId, input: { userId }, ports }) => ports.capture({ orderId: sagaId, userId }),
      compensate: ({ sagaId, input: { userId }, ports, signal }) => ports.refund({ orderId: sagaId, userId }, signal),
    }),
    step({
      name: 'ship-order',
      ...patient,
      pivot: true,
      run: ({ sagaId, ports }) => ports.ship(sagaId),
    }),
    step({
      name: 'clear-cart',
      timeoutMs: 5000,
      retry: veryPatient,
      run: ({ sagaId, input: { userId, items }, ports }) => ports.clearCart({ orderId: sagaId, userId, items }),
    }),
    step({
      name: 'notify',
      timeoutMs: 5000,
      retry: veryPatient,
      run: ({ sagaId, ports }) => ports.ensureMail({ orderId: sagaId, kind: 'order.shipped' }),
    }),
  ],
  // Also when it never came to be confirmed.
  onCompensated: ({ sagaId, ports, reason }) => ports.cancel(sagaId, told(reason)),
});

/** The names of the steps, in order: what there is to say about a saga that has not been started yet. */
export const checkoutSteps: readonly string[] = checkout.steps.map(({ name }) => name);
