/** Card numbers as people type them. Whether a number is a card's is for the payment service to say. */

/** Cards on which the simulated card network behaves in a known way. */
export const testCards = [
  { outcome: 'success', number: '4242424242424242' },
  { outcome: 'consent', number: '4000000000003220' },
  { outcome: 'declined', number: '4000000000000002' },
  { outcome: 'funds', number: '4000000000009995' },
  { outcome: 'lost', number: '4000000000009987' },
  { outcome: 'expired', number: '4000000000000069' },
  { outcome: 'cvc', number: '4000000000000127' },
  { outcome: 'timeout', number: '4000000000000119' },
  { outcome: 'late', number: '4000000000000259' },
] as const;

/** The digits alone, full-width ones made half-width; undefined when they cannot be a card number (ISO/IEC 7812: 12 to 19 digits). */
export function cardDigits(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s-]/g, '');
  return /^\d{12,19}$/.test(digits) ? digits : undefined;
}

/** A postal code to which the simulated carrier does not go, so that what follows can be seen. */
export const undeliverable = '000-0000';

/** In groups of four, as embossed. */
export function groupDigits(typed: string): string {
  const digits = typed.normalize('NFKC').replace(/\D/g, '').slice(0, 19);
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ');
}
