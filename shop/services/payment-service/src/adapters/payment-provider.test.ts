/**
 * The suite of payment providers, run against: the simulated card network over HTTP on a real PostgreSQL · Stripe's SDK against a
 * stand-in of Stripe's API on loopback · Stripe's SDK against Stripe itself, in test mode, when STRIPE_TEST_API_KEY is set.
 */
import { type Client, createService } from '@hikyaku/service';
import { startPostgres, testSettings, type TestPostgres } from '@hikyaku/service/testing';
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCardNetwork } from '../../../card-network/src/card-network.ts';
import { WebhookRefused } from '../application/webhooks.ts';
import { cardNetwork } from './card-network/card-network.ts';
import { type ProviderUnderTest, providerSuite } from './payment-provider.suite.ts';
import { isTestKey, openStripe } from './stripe/open-stripe.ts';
import { startStripeStandIn, type StripeStandIn } from './stripe/stripe-stand-in.fixture.ts';
import { stripeProvider } from './stripe/stripe.ts';
import { stripeWebhooks } from './stripe/webhook.ts';

const returnUrl = 'https://shop.example/orders/{order}';

describe('the card network', () => {
  let postgres: TestPostgres;
  let network: Awaited<ReturnType<typeof createCardNetwork>>;
  let under: ProviderUnderTest;

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.createDatabase('card_network');
    network = await createCardNetwork({
      ...testSettings,
      DATABASE_URL: postgres.url('card_network'),
      API_KEY: 'for-tests',
      WEBHOOK_SECRET: 'unused',
    });
    const { url } = await network.start();
    under = {
      provider: cardNetwork({ client: await clientOf(url), apiKey: 'for-tests', returnUrl }),
      amountYen: async (_payment, { key }) =>
        Number((await network.database.one('SELECT amount_yen FROM payments WHERE key = $1', [key]))?.amount_yen),
      consent: ({ actionUrl = '' }, answer) => answerPage(`${url}${actionUrl.replace('/card-network', '')}`, answer),
      cardThatLosesAnAnswer: () => under.provider.register({ digits: '4000000000000119' }),
    };
  }, 60_000);

  afterAll(async () => {
    await network.close();
    await postgres.stop();
  });

  providerSuite(() => under, { consent: true, loseAnswers: true });
});

describe('Stripe’s SDK, against a stand-in of Stripe', () => {
  let standIn: StripeStandIn;
  let stripe: Stripe;
  let under: ProviderUnderTest;

  beforeAll(async () => {
    standIn = await startStripeStandIn('sk_test_standin');
    stripe = await openStripe({ apiKey: 'sk_test_standin', timeoutMs: 1500, url: standIn.url });
    const provider = stripeProvider({ stripe, isTestMode: isTestKey('sk_test_standin'), returnUrl });
    under = {
      provider,
      amountYen: ({ id }) => Promise.resolve(standIn.intent(id)?.amount ?? 0),
      consent: ({ id }, answer) => {
        standIn.consent(id, answer);
        return Promise.resolve();
      },
      cardThatLosesAnAnswer: () => {
        standIn.loseNextConfirmation();
        return provider.register({ digits: '4242424242424242' });
      },
    };
  });

  afterAll(() => standIn.close());

  providerSuite(() => under, { consent: true, loseAnswers: true });

  describe('a webhook', () => {
    const event = (type: string, object: object) => JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } });
    const read = (body: string, secret = 'whsec_test') =>
      stripeWebhooks({ stripe, secret: 'whsec_test' })(Buffer.from(body), {
        'stripe-signature': stripe.webhooks.generateTestHeaderString({ payload: body, secret }),
      });
    const intent = {
      id: 'pi_1',
      object: 'payment_intent',
      metadata: { order_id: 'order-1' },
      next_action: null,
      latest_charge: 'ch_1',
    };

    test.each([
      ['payment_intent.amount_capturable_updated', { ...intent, status: 'requires_capture' }, { state: 'authorized' }],
      ['payment_intent.succeeded', { ...intent, status: 'succeeded' }, { state: 'captured' }],
      ['payment_intent.canceled', { ...intent, status: 'canceled' }, { state: 'voided' }],
      [
        'payment_intent.payment_failed',
        { ...intent, status: 'requires_payment_method', last_payment_error: { code: 'payment_intent_authentication_failure' } },
        { state: 'declined', reason: 'authentication_failed' },
      ],
      [
        'charge.refunded',
        { id: 'ch_1', metadata: { order_id: 'order-1' }, payment_intent: 'pi_1', refunded: true },
        { state: 'refunded' },
      ],
    ])('of type %s tells of the payment', (type, object, payment) => {
      expect(read(event(type, object))).toEqual([{ id: 'evt_1', orderId: 'order-1', payment: { id: 'pi_1', ...payment } }]);
    });

    test('about anything else is no news', () => {
      expect(read(event('customer.created', { id: 'cus_1' }))).toEqual([]);
      expect(read(event('payment_intent.succeeded', { ...intent, status: 'succeeded', metadata: {} }))).toEqual([]);
    });

    test('that Stripe did not sign is refused', () => {
      const body = event('payment_intent.succeeded', { ...intent, status: 'succeeded' });
      expect(() => read(body, 'whsec_other')).toThrow(WebhookRefused);
      expect(() => stripeWebhooks({ stripe, secret: 'whsec_test' })(Buffer.from(body), {})).toThrow(
        expect.objectContaining({ code: 'webhook_signature' }),
      );
    });
  });
});

const realKey = process.env.STRIPE_TEST_API_KEY ?? '';

describe.skipIf(!isTestKey(realKey))('Stripe itself (set STRIPE_TEST_API_KEY to a key of its test mode)', () => {
  let under: ProviderUnderTest;

  beforeAll(async () => {
    const stripe = await openStripe({ apiKey: realKey, timeoutMs: 30_000 });
    under = {
      provider: stripeProvider({ stripe, isTestMode: true, returnUrl }),
      amountYen: async ({ id }) => (await stripe.paymentIntents.retrieve(id)).amount,
    };
  });

  providerSuite(() => under, { consent: false, loseAnswers: false });
});

/** A client as the service makes it, without a service around it. */
async function clientOf(baseUrl: string): Promise<Client> {
  const service = await createService({ name: 'test', version: '0.0.0', config: {}, env: { LOG_LEVEL: 'silent' } });
  return service.client('card-network', { baseUrl, attempts: 1, timeoutMs: 1500 });
}

/** What a browser does with the bank's page. */
async function answerPage(url: string, answer: string): Promise<void> {
  const page = await fetch(url);
  const token = /name="token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const body = new URLSearchParams({ token, answer });
  expect((await fetch(url, { method: 'POST', body, headers: { cookie }, redirect: 'manual' })).status).toBe(303);
}
