/** Choosing where the parcel goes: an address of the account, or a form as Japanese shops have it. */
import type { ComponentChildren } from 'preact';
import type { SavedAddress } from '../api/addresses.ts';
import { locale, t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { Loading, Notice } from '../ui/notice.tsx';
import { addressLines } from './address.ts';
import { AddressFields } from './address-fields.tsx';
import type { Delivery } from './delivery.ts';
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
      {addresses.length > 0 && (
        <p class="aside">
          <a href={paths.addresses}>{t('address.manage')}</a>
        </p>
      )}
      {chosenId === undefined && <NewAddress delivery={delivery} error={error} />}
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
      {addressLines(locale.value, address).map((line) => (
        <span key={line} class="address-line">
          {line}
        </span>
      ))}
    </>
  );
}

function NewAddress({ delivery: { draft, mistakes, isKept, edit, setKept }, error }: DeliveryFormProps) {
  return (
    <>
      <AddressFields draft={draft} mistakes={mistakes} onEdit={edit} error={error} pointer="/shippingAddress" />
      <label class="check">
        <input type="checkbox" checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <span>{t('address.keep')}</span>
      </label>
    </>
  );
}
