/**
 * The payment provider on Stripe's SDK: a PaymentIntent with manual capture for each order.
 *
 * The intent is made first and confirmed after that. Making it moves no money, so after an attempt whose outcome is unknown the same
 * idempotency key brings the intent back, and it can be asked how it stands, confirmed, or cancelled for good. Stripe answers a repeated
 * key with the answer it gave at first, however long ago: what was replayed is read again.
 */
import type { Stripe } from 'stripe';
import { type Booking, CardRefused, type PaymentProvider, type ProviderPayment } from '../../application/payment-provider.ts';
import { readIntent, reasonOf } from './intent.ts';
import { testPaymentMethod } from './test-cards.ts';

export interface StripeProviderOptions {
  stripe: Stripe;
  /** Keys of Stripe's test mode take no card numbers; Stripe's own test cards are known by name. */
  isTestMode: boolean;
  /** Absolute. Where the bank's page sends the buyer; `{order}` stands for the order's id. */
  returnUrl: string;
}

/** What the answer of every call must contain, to tell a refunded payment from one that is not. */
const expand = ['latest_charge'];

export function stripeProvider(options: StripeProviderOptions): PaymentProvider {
  const { stripe, returnUrl } = options;
  const { paymentIntents: intents, errors } = stripe;
  return {
    name: 'stripe',
    register: (card) => register(options, card),

    async authorize(booking) {
      const intent = await open(booking);
      if (intent.status !== 'requires_confirmation') return readIntent(intent);
      const params = { return_url: returnUrl.replace('{order}', booking.key), expand };
      return settle(intent.id, () => intents.confirm(intent.id, params, once(booking, 'confirm')));
    },

    capture: (booking) => change(booking, (id) => intents.capture(id, { expand }, once(booking, 'capture'))),

    void: (booking) => change(booking, (id) => intents.cancel(id, { expand }, once(booking, 'cancel'))),

    refund: (booking) =>
      change(booking, async (id) => {
        await stripe.refunds.create({ payment_intent: id }, once(booking, 'refund'));
        return intents.retrieve(id, { expand });
      }),

    // Stripe looks payments up by its own name for them; its search by metadata lags behind.
    find: async ({ id }) => (id === undefined ? undefined : readIntent(await intents.retrieve(id, { expand }))),

    isUnwell: (error) =>
      !(
        error instanceof CardRefused ||
        error instanceof errors.StripeCardError ||
        error instanceof errors.StripeInvalidRequestError
      ),
  };

  /** The intent of the order, as it stands. */
  async function open({ key, id, card, amountYen }: Booking): Promise<Stripe.PaymentIntent> {
    if (id !== undefined) return intents.retrieve(id, { expand });
    const intent = await intents.create(
      {
        // The yen has no smaller unit: Stripe counts it in whole ones.
        amount: amountYen,
        currency: 'jpy',
        capture_method: 'manual',
        payment_method: card,
        allowed_payment_method_types: ['card'],
        metadata: { order_id: key },
        expand,
      },
      once({ key }, 'create'),
    );
    return fresh(intent);
  }

  async function change(
    booking: Booking,
    operation: (id: string) => Promise<Stripe.Response<Stripe.PaymentIntent>>,
  ): Promise<ProviderPayment> {
    const id = booking.id ?? (await open(booking)).id;
    return settle(id, () => operation(id));
  }

  /** A refusal, of the bank or because the operation does not apply, is told by what the payment has become. */
  async function settle(id: string, ask: () => Promise<Stripe.Response<Stripe.PaymentIntent>>): Promise<ProviderPayment> {
    try {
      return readIntent(await fresh(await ask()));
    } catch (error) {
      if (!(error instanceof errors.StripeCardError || error instanceof errors.StripeInvalidRequestError)) throw error;
      return readIntent(await intents.retrieve(id, { expand }));
    }
  }

  function fresh(intent: Stripe.Response<Stripe.PaymentIntent>): Promise<Stripe.PaymentIntent> | Stripe.PaymentIntent {
    const isReplay = intent.lastResponse.headers['idempotent-replayed'] === 'true';
    return isReplay ? intents.retrieve(intent.id, { expand }) : intent;
  }
}

const once = ({ key }: { key: string }, operation: string): { idempotencyKey: string } => ({
  idempotencyKey: `${key}-${operation}`,
});

async function register(
  { stripe, isTestMode }: StripeProviderOptions,
  { digits, expMonth, expYear }: Parameters<PaymentProvider['register']>[0],
): Promise<string> {
  if (isTestMode) return testPaymentMethod(digits);
  if (expMonth === undefined || expYear === undefined) throw new CardRefused('incomplete_card');
  try {
    const card = { number: digits, exp_month: expMonth, exp_year: expYear };
    return (await stripe.paymentMethods.create({ type: 'card', card })).id;
  } catch (error) {
    // Without its cause: Stripe's errors carry what was sent.
    if (error instanceof stripe.errors.StripeCardError) throw new CardRefused(reasonOf(error));
    throw error;
  }
}
