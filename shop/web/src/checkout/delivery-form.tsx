/** Choosing where the parcel goes: an address of the account, or a form as Japanese shops have it. */
import type { ComponentChildren } from 'preact';
import type { Address, SavedAddress } from '../api/addresses.ts';
import { explainField } from '../i18n/explain.ts';
import { locale, t } from '../i18n/locale.ts';
import { Choice, Field } from '../ui/field.tsx';
import { Loading, Notice } from '../ui/notice.tsx';
import { addressLines, readPostalCode } from './address.ts';
import type { Delivery } from './delivery.ts';
import { prefectures } from './prefectures.ts';
import { TestAddresses } from './trials.tsx';

export interface DeliveryFormProps {
  delivery: Delivery;
  /** What the services said about an order that was refused. */
  error: unknown;
}

export function DeliveryForm({ delivery, error }: DeliveryFormProps) {
  const { saved, chosenId, choose } = delivery;
  const addresses = saved.value ?? [];
  if (saved.isLoading) return <Loading />;
  return (
    <fieldset class="panel form">
      <legend class="visually-hidden">{t('address.title')}</legend>
      <h2 aria-hidden="true">{t('address.title')}</h2>
      {saved.error !== undefined && <Notice>{t('address.savedUnavailable')}</Notice>}
      {addresses.length > 0 && (
        <ul class="choices">
          {addresses.map((one) => (
            <li key={one.id}>
              <Radio isChosen={one.id === chosenId} onChoose={() => choose(one.id)}>
                <SavedLines address={one} />
              </Radio>
            </li>
          ))}
          <li>
            <Radio isChosen={chosenId === undefined} onChoose={() => choose(undefined)}>
              {t('address.other')}
            </Radio>
          </li>
        </ul>
      )}
      {chosenId === undefined && <AddressFields delivery={delivery} error={error} />}
      <TestAddresses postalCode={chosenId === undefined ? delivery.draft.postalCode : undefined} onChoose={delivery.edit} />
    </fieldset>
  );
}

interface RadioProps {
  isChosen: boolean;
  onChoose: () => void;
  children: ComponentChildren;
}

function Radio({ isChosen, onChoose, children }: RadioProps) {
  return (
    <label class="choice">
      <input type="radio" name="address" checked={isChosen} onChange={onChoose} />
      <span>{children}</span>
    </label>
  );
}

function SavedLines({ address }: { address: SavedAddress }) {
  return (
    <>
      <strong>{address.name}</strong>
      <br />
      {addressLines(locale.value, address).join(locale.value === 'ja' ? ' ' : ', ')}
    </>
  );
}

function AddressFields({ delivery: { draft, mistakes, isKept, edit, setKept }, error }: DeliveryFormProps) {
  const of = (field: keyof Address) => {
    const mistake = mistakes[field];
    return {
      label: t(`address.${field}`),
      value: draft[field],
      onInput: (typed: string) => edit({ [field]: typed }),
      error: mistake ? t(`address.mistake.${mistake}`) : explainField(error, `/shippingAddress/${field}`),
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
      <label class="check">
        <input type="checkbox" checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <span>{t('address.keep')}</span>
      </label>
    </>
  );
}

function PostalCode(props: { label: string; value: string; onInput: (typed: string) => void; error: string | undefined }) {
  return (
    <div onFocusOut={() => props.onInput(readPostalCode(props.value) ?? props.value)}>
      <Field {...props} inputMode="numeric" autocomplete="postal-code" placeholder="150-0001" maxLength={10} />
    </div>
  );
}
