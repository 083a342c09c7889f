/**
 * What every payment provider must do, as tests. Run against the card network and against Stripe's SDK (payment-provider.test.ts says
 * against what).
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Booking, PaymentProvider, ProviderPayment } from '../application/payment-provider.ts';

export interface ProviderUnderTest {
  provider: PaymentProvider;
  /** The amount in yen as the provider itself has it. */
  amountYen(payment: ProviderPayment, booking: Booking): Promise<number>;
  /** Answers for the buyer, where a test can. */
  consent?: (payment: ProviderPayment, answer: 'approve' | 'refuse') => Promise<void>;
  /** A card whose next authorisation takes effect though its answer is lost, where a test can have one. */
  cardThatLosesAnAnswer?: () => Promise<string>;
}

const declines = [
  ['4000000000000002', 'card_declined'],
  ['4000000000009995', 'insufficient_funds'],
  ['4000000000009987', 'lost_card'],
  ['4000000000000069', 'expired_card'],
  ['4000000000000127', 'incorrect_cvc'],
] as const;

const [approved, asksForConsent] = ['4242424242424242', '4000000000003220'];

/** What a test can bring about with this provider. */
export interface Abilities {
  consent: boolean;
  loseAnswers: boolean;
}

/** `under` is called by each test, after the file's own preparations. */
export function providerSuite(under: () => ProviderUnderTest, can: Abilities): void {
  const provider = () => under().provider;
  const bench: Bench = {
    under,
    provider,
    bookingOf: async (digits) => ({
      key: randomUUID(),
      card: await provider().register({ digits, expMonth: 12, expYear: 2099 }),
      amountYen: 1480,
    }),
    stateAfter: async (answer) => (await answer).state,
  };
  describe('an authorisation', () => authorizationSuite(bench, can));
  describe('consent', () => consentSuite(bench, can));
  describe('capture, void and refund', () => operationSuite(bench));
}

interface Bench {
  under: () => ProviderUnderTest;
  provider: () => PaymentProvider;
  bookingOf: (digits: string) => Promise<Booking>;
  stateAfter: (answer: Promise<ProviderPayment>) => Promise<ProviderPayment['state']>;
}

function authorizationSuite({ under, provider, bookingOf }: Bench, can: Abilities): void {
  test('holds the amount, in whole yen', async () => {
    const booking = await bookingOf(approved);
    const payment = await provider().authorize(booking);
    expect(payment).toMatchObject({ state: 'authorized' });
    expect(await under().amountYen(payment, booking)).toBe(1480);
  });

  test('is one, however often it is asked for', async () => {
    const booking = await bookingOf(approved);
    const answers = await Promise.all([1, 2, 3].map(() => provider().authorize(booking)));
    answers.push(await provider().authorize(booking));
    expect(new Set(answers.map(({ id, state }) => `${id} ${state}`)).size).toBe(1);
  });

  test('is another one under another key', async () => {
    const booking = await bookingOf(approved);
    const first = await provider().authorize(booking);
    const card = await provider().register({ digits: approved, expMonth: 12, expYear: 2099 });
    expect((await provider().authorize({ ...booking, card, key: randomUUID() })).id).not.toBe(first.id);
  });

  test.each(declines)('of %s is declined, also the second time: %s', async (digits, reason) => {
    const booking = await bookingOf(digits);
    const declined = { state: 'declined', reason };
    for (const answer of [await provider().authorize(booking), await provider().authorize(booking)])
      expect(answer).toMatchObject(declined);
  });

  test('is found again by what the provider calls it', async () => {
    const booking = await bookingOf(approved);
    const payment = await provider().authorize(booking);
    expect(await provider().find({ ...booking, id: payment.id })).toEqual(payment);
  });

  test('that was never asked for is not found', async () => {
    expect(await provider().find(await bookingOf(approved))).toBeUndefined();
  });

  test('of a card that does not exist is refused, which is not an illness', async () => {
    const booking = { key: randomUUID(), card: 'pm_unknown', amountYen: 100 };
    const error: unknown = await provider()
      .authorize(booking)
      .catch((thrown: unknown) => thrown);
    // Stripe says so when the intent is made, or by what becomes of it.
    expect(error).toBeInstanceOf(Error);
    expect(provider().isUnwell(error)).toBe(false);
  });

  test.skipIf(!can.loseAnswers)('whose answer was lost is there when it is asked for again', async () => {
    const card = (await under().cardThatLosesAnAnswer?.()) ?? '';
    const booking = { key: randomUUID(), card, amountYen: 1480 };
    const lost: unknown = await provider()
      .authorize(booking)
      .catch((error: unknown) => error);
    expect(provider().isUnwell(lost)).toBe(true);
    const [first, second] = [await provider().authorize(booking), await provider().authorize(booking)];
    expect([first.state, second.id]).toEqual(['authorized', first.id]);
  });
}

function consentSuite({ under, provider, bookingOf, stateAfter }: Bench, can: Abilities): void {
  test('is asked for on a page, and nothing is held until then', async () => {
    const payment = await provider().authorize(await bookingOf(asksForConsent));
    expect([payment.state, payment.actionUrl]).toEqual(['requires_action', expect.stringMatching(/^(\/|https?:)/)]);
  });

  test.skipIf(!can.consent)('that is given authorises', async () => {
    const booking = await bookingOf(asksForConsent);
    const payment = await provider().authorize(booking);
    await under().consent?.(payment, 'approve');
    expect(await provider().find({ ...booking, id: payment.id })).toMatchObject({ id: payment.id, state: 'authorized' });
    expect(await stateAfter(provider().authorize(booking))).toBe('authorized');
  });

  test.skipIf(!can.consent)('that is refused declines', async () => {
    const booking = await bookingOf(asksForConsent);
    const payment = await provider().authorize(booking);
    await under().consent?.(payment, 'refuse');
    const declined = { id: payment.id, state: 'declined', reason: 'authentication_failed' };
    expect(await provider().find({ ...booking, id: payment.id })).toMatchObject(declined);
  });

  test('is not waited for once the payment is let go', async () => {
    const booking = await bookingOf(asksForConsent);
    await provider().authorize(booking);
    expect(await stateAfter(provider().void(booking))).toBe('voided');
    expect(await stateAfter(provider().authorize(booking))).toBe('voided');
  });
}

function operationSuite({ provider, bookingOf, stateAfter }: Bench): void {
  const operations = ['capture', 'void', 'refund'] as const;

  test('take, and give back what was taken; each once', async () => {
    const booking = await bookingOf(approved);
    await provider().authorize(booking);
    const states = [];
    for (const operation of ['capture', 'capture', 'refund', 'refund'] as const)
      states.push(await stateAfter(provider()[operation](booking)));
    expect(states).toEqual(['captured', 'captured', 'refunded', 'refunded']);
  });

  test('let go what was only held', async () => {
    const booking = await bookingOf(approved);
    await provider().authorize(booking);
    expect(await stateAfter(provider().void(booking))).toBe('voided');
  });

  test('let go what was never asked for, so that it is refused when it comes late', async () => {
    const booking = await bookingOf(approved);
    expect(await stateAfter(provider().void(booking))).toBe('voided');
    expect(await stateAfter(provider().authorize(booking))).toBe('voided');
  });

  test('change nothing where they do not apply', async () => {
    const ends: string[] = [];
    for (const end of operations) {
      const booking = await bookingOf(approved);
      await provider().authorize(booking);
      if (end === 'refund') await provider().capture(booking);
      const { id, state } = await provider()[end](booking);
      for (const operation of operations)
        if (!(end === 'capture' && operation === 'refund')) await provider()[operation]({ ...booking, id });
      ends.push(`${state} ${(await provider().find({ ...booking, id }))?.state ?? ''}`);
    }
    expect(ends).toEqual(['captured captured', 'voided voided', 'refunded refunded']);
  });

  test('do not refund what was not taken', async () => {
    const booking = await bookingOf(approved);
    await provider().authorize(booking);
    expect(await stateAfter(provider().refund(booking))).toBe('authorized');
  });
}
