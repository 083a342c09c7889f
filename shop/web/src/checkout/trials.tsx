/** What can be tried out in this shop, since no card is charged and nothing is sent: cards and addresses that behave in a known way. */
import { t } from '../i18n/locale.ts';
import type { AddressDraft } from './address.ts';
import { testCards, undeliverable } from './card.ts';

export interface TestCardsProps {
  chosen: string | undefined;
  onChoose: (number: string) => void;
}

export function TestCards({ chosen, onChoose }: TestCardsProps) {
  return (
    <fieldset class="test-cards">
      <legend>{t('checkout.card.test')}</legend>
      <p>{t('checkout.card.test.hint')}</p>
      <div class="chips">
        {testCards.map(({ outcome, number }) => (
          <button
            key={outcome}
            type="button"
            class="chip"
            data-outcome={outcome}
            aria-pressed={number === chosen}
            onClick={() => onChoose(number)}
          >
            {t(`checkout.card.${outcome}`)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

const somewhere = { prefecture: '東京都', city: '千代田区', line1: '丸の内1-9-1', line2: '' };
const testAddresses = [
  { outcome: 'sample', address: { ...somewhere, postalCode: '100-0005' } },
  { outcome: 'undeliverable', address: { ...somewhere, postalCode: undeliverable } },
] as const;

export interface TestAddressesProps {
  /** Of the address in the form; undefined when another one was chosen. */
  postalCode: string | undefined;
  onChoose: (address: Partial<AddressDraft>) => void;
}

export function TestAddresses({ postalCode, onChoose }: TestAddressesProps) {
  return (
    <fieldset class="test-cards">
      <legend>{t('address.test')}</legend>
      <p>{t('address.test.hint')}</p>
      <div class="chips">
        {testAddresses.map(({ outcome, address }) => (
          <button
            key={outcome}
            type="button"
            class="chip"
            aria-pressed={address.postalCode === postalCode}
            onClick={() => onChoose(address)}
          >
            {t(`address.test.${outcome}`)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
