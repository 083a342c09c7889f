/**
 * Stripe's test cards by name (https://docs.stripe.com/testing): its test mode wants these rather than numbers. The numbers are the
 * ones the simulated card network knows, so the shop behaves alike with both.
 */
const names: ReadonlyMap<string, string> = new Map([
  ['4000000000000002', 'pm_card_visa_chargeDeclined'],
  ['4000000000009995', 'pm_card_visa_chargeDeclinedInsufficientFunds'],
  ['4000000000009987', 'pm_card_visa_chargeDeclinedLostCard'],
  ['4000000000000069', 'pm_card_chargeDeclinedExpiredCard'],
  ['4000000000000127', 'pm_card_chargeDeclinedIncorrectCvc'],
  ['4000000000003220', 'pm_card_threeDSecure2Required'],
]);

/** The test card of that number; every other number is the Visa card that is approved. */
export const testPaymentMethod = (digits: string): string => names.get(digits) ?? 'pm_card_visa';
