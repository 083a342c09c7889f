/**
 * Reads a payment card. The number is looked at here and goes no further than the card network: nothing in this service
 * stores, logs or returns it.
 */

export type CardBrand = 'visa' | 'mastercard' | 'amex' | 'jcb' | 'diners' | 'other';

/** What may be kept and shown of a card. */
export interface CardSummary {
  brand: CardBrand;
  /** The last four digits. */
  last4: string;
}

export interface CardInput {
  /** Spaces and hyphens are allowed, as printed on cards. */
  number: string;
  /** 1–12. */
  expMonth?: number;
  /** Four digits. */
  expYear?: number;
}

/** The card cannot be a real one, or is not valid any more. The message never contains the number. */
export class CardRejected extends Error {
  readonly code: 'invalid_card_number' | 'expired_card';

  constructor(code: CardRejected['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The digits of the card and what may be kept of it. Throws `CardRejected`. */
export function readCard(input: CardInput, now: Date): { digits: string; summary: CardSummary } {
  const digits = input.number.replaceAll(/[ -]/g, '');
  if (!/^\d{12,19}$/.test(digits) || !hasValidCheckDigit(digits)) {
    throw new CardRejected('invalid_card_number', 'The card number is not valid.');
  }
  if (isExpired(input, now)) throw new CardRejected('expired_card', 'The card has expired.');
  return { digits, summary: { brand: brandOf(digits), last4: digits.slice(-4) } };
}

/** The Luhn check of ISO/IEC 7812-1, annex B. */
function hasValidCheckDigit(digits: string): boolean {
  const fromTheRight = Array.from(digits, Number).reverse();
  const sum = fromTheRight.reduce((total, digit, index) => {
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
    return total + (index % 2 === 1 ? doubled : digit);
  }, 0);
  return sum % 10 === 0;
}

/** A card is good to the end of the month printed on it. */
function isExpired({ expMonth, expYear }: CardInput, now: Date): boolean {
  if (expMonth === undefined || expYear === undefined) return false;
  return Date.UTC(expYear, expMonth) <= now.getTime();
}

const brands: readonly (readonly [RegExp, CardBrand])[] = [
  [/^4/, 'visa'],
  [/^(5[1-5]|2[2-7])/, 'mastercard'],
  [/^3[47]/, 'amex'],
  [/^35(2[89]|[3-8])/, 'jcb'],
  [/^3(0[0-5]|[689])/, 'diners'],
];

function brandOf(digits: string): CardBrand {
  return brands.find(([prefix]) => prefix.test(digits))?.[1] ?? 'other';
}
