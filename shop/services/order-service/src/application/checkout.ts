/**
 * The checkout saga: what carries a pending order to its end, whichever process dies on the way.
 *
 *     validate-user ──► reserve-stock ──► charge-card ──► confirm-order
 *                         release  ◄──────  refund            │
 *                            │                                ▼
 *                     order cancelled                  order confirmed
 *
 * Every step may run more than once and every compensation may arrive before its step; the services called know the order by its
 * id and take that into account. Once the card is charged only `confirm-order` is left, a write to this service's own database:
 * it is repeated until it succeeds, so a paid order is never given up because of a crash.
 */
import { defineSaga, type RetryPolicy, step } from '@hikyaku/service';
import type { WantedItem } from '../domain/order.ts';

/** JSON, and kept by the saga engine: nothing secret belongs here. */
export interface CheckoutInput {
  userId: string;
  items: WantedItem[];
  totalYen: number;
  paymentToken: string;
}

/**
 * What the steps need done. A port throws `SagaAbort` with a reason when the answer is no, and anything else when there was no
 * answer; it is then asked again.
 */
export interface CheckoutPorts {
  /** Aborts with `unknown_user`. */
  validateUser(userId: string, signal: AbortSignal): Promise<void>;
  /** Aborts with `out_of_stock`. */
  reserveStock(orderId: string, items: readonly WantedItem[], signal: AbortSignal): Promise<void>;
  releaseStock(orderId: string, signal: AbortSignal): Promise<void>;
  /** Aborts with `card_declined`. */
  charge(
    charge: { orderId: string; userId: string; paymentToken: string; amountYen: number },
    signal: AbortSignal,
  ): Promise<void>;
  refund(refund: { orderId: string; userId: string }, signal: AbortSignal): Promise<void>;
  confirm(orderId: string): Promise<void>;
  cancel(orderId: string, reason: string): Promise<void>;
}

/** About a minute: longer than it takes a service or the database to be restarted. */
const patient: RetryPolicy = { attempts: 35, initialMs: 100, maxMs: 2000 };
/** Weeks: there is no way back from here. */
const untilItSucceeds: RetryPolicy = { attempts: 1_000_000, initialMs: 100, maxMs: 2000 };

const CALL_TIMEOUT_MS = 5000;

/** Reasons an order is cancelled for that the buyer can do something about. Everything else is `unavailable`. */
const reasons: ReadonlySet<string> = new Set(['unknown_user', 'out_of_stock', 'card_declined']);

export const checkout = defineSaga<CheckoutInput, CheckoutPorts>({
  name: 'checkout',
  version: '1',
  steps: [
    step({
      name: 'validate-user',
      retry: patient,
      timeoutMs: CALL_TIMEOUT_MS,
      run: ({ input, ports, signal }) => ports.validateUser(input.userId, signal),
    }),
    step({
      name: 'reserve-stock',
      retry: patient,
      timeoutMs: CALL_TIMEOUT_MS,
      run: ({ sagaId, input, ports, signal }) => ports.reserveStock(sagaId, input.items, signal),
      compensate: ({ sagaId, ports, signal }) => ports.releaseStock(sagaId, signal),
    }),
    step({
      name: 'charge-card',
      retry: patient,
      timeoutMs: CALL_TIMEOUT_MS,
      run: ({ sagaId, input: { userId, paymentToken, totalYen }, ports, signal }) =>
        ports.charge({ orderId: sagaId, userId, paymentToken, amountYen: totalYen }, signal),
      compensate: ({ sagaId, input: { userId }, ports, signal }) => ports.refund({ orderId: sagaId, userId }, signal),
    }),
    step({
      name: 'confirm-order',
      retry: untilItSucceeds,
      run: ({ sagaId, ports }) => ports.confirm(sagaId),
    }),
  ],
  onCompensated: ({ sagaId, ports, reason }) => ports.cancel(sagaId, reasons.has(reason) ? reason : 'unavailable'),
});

/** The names of the steps, in order: what there is to say about a saga that has not been started yet. */
export const checkoutSteps: readonly string[] = checkout.steps.map(({ name }) => name);
