/** The fields of an address, in the order Japanese shops have them. */
import type { Address } from '../api/addresses.ts';
import { explainField } from '../i18n/explain.ts';
import { locale, t } from '../i18n/locale.ts';
import { Choice, Field } from '../ui/field.tsx';
import { type AddressDraft, type AddressMistakes, readPostalCode } from './address.ts';
import { prefectures } from './prefectures.ts';

export interface AddressFieldsProps {
  draft: AddressDraft;
  mistakes: AddressMistakes;
  onEdit: (part: Partial<AddressDraft>) => void;
  /** What the services said about it. */
  error: unknown;
  /** JSON pointer of the address in what was sent; empty when it was all that was sent. */
  pointer: string;
}

export function AddressFields({ draft, mistakes, onEdit, error, pointer }: AddressFieldsProps) {
  const of = (field: keyof Address) => {
    const mistake = mistakes[field];
    return {
      label: t(`address.${field}`),
      value: draft[field],
      onInput: (typed: string) => onEdit({ [field]: typed }),
      error: mistake ? t(`address.mistake.${mistake}`) : explainField(locale.value, error, `${pointer}/${field}`),
    };
  };
  const options = prefectures.map(({ ja, en }) => ({ value: ja, text: locale.value === 'ja' ? ja : `${en} (${ja})` }));
  return (
    <>
      <Field {...of('name')} autocomplete="name" maxLength={100} />
      <div class="field-pair">
        <PostalCode {...of('postalCode')} />
        <Choice {...of('prefecture')} autocomplete="address-level1" placeholder={t('address.choose')} options={options} />
      </div>
      <Field {...of('city')} autocomplete="address-level2" placeholder={t('address.city.example')} maxLength={100} />
      <Field {...of('line1')} autocomplete="address-line1" placeholder={t('address.line1.example')} maxLength={100} />
      <Field {...of('line2')} autocomplete="address-line2" required={false} maxLength={100} />
    </>
  );
}

function PostalCode(props: { label: string; value: string; onInput: (typed: string) => void; error: string | undefined }) {
  // What the field holds now: what fills it in may leave it before it has been drawn again.
  const complete = (field: EventTarget | null) => {
    const read = field instanceof HTMLInputElement ? readPostalCode(field.value) : undefined;
    if (read !== undefined) props.onInput(read);
  };
  return (
    <div onFocusOut={({ target }) => complete(target)}>
      <Field {...props} inputMode="numeric" autocomplete="postal-code" placeholder="150-0001" maxLength={10} />
    </div>
  );
}
