/** Reads a PaymentIntent as the payment it stands for. */
import type { Stripe } from 'stripe';
import type { ProviderPayment } from '../../application/payment-provider.ts';

/** Throws when the intent is in a state that a card payment with manual capture and a return address does not have. */
export function readIntent(intent: Stripe.PaymentIntent): ProviderPayment {
  const { id, status } = intent;
  switch (status) {
    case 'requires_action':
      return { id, state: 'requires_action', actionUrl: actionOf(intent) };
    case 'requires_capture':
      return { id, state: 'authorized' };
    case 'requires_payment_method':
      return { id, state: 'declined', reason: reasonOf(intent.last_payment_error ?? {}) };
    case 'succeeded':
      return { id, state: isRefunded(intent) ? 'refunded' : 'captured' };
    case 'canceled':
      return { id, state: 'voided' };
    default:
      throw new Error(`Stripe has payment ${id} in status ${status}, which card payments do not have here.`);
  }
}

/** Reasons the shop tells apart; Stripe knows many more. */
const reasons: ReadonlySet<string> = new Set(['insufficient_funds', 'lost_card', 'expired_card', 'incorrect_cvc']);

/** Why Stripe, or the bank behind it, said no: `decline_code` is the bank's word, `code` is Stripe's. */
export function reasonOf({ code, decline_code: declineCode }: { code?: string; decline_code?: string }): string {
  if (code === 'payment_intent_authentication_failure') return 'authentication_failed';
  return [declineCode, code].find((word) => word !== undefined && reasons.has(word)) ?? 'card_declined';
}

function actionOf({ id, next_action: action }: Stripe.PaymentIntent): string {
  const url = action?.redirect_to_url?.url;
  if (typeof url !== 'string') throw new Error(`Stripe wants the buyer of payment ${id} to do something that has no page.`);
  return url;
}

function isRefunded({ latest_charge: charge }: Stripe.PaymentIntent): boolean {
  return typeof charge === 'object' && charge?.refunded === true;
}
