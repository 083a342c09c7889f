/** The addresses a person keeps: adding, changing and deleting them, and which one is offered first. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Address, SavedAddress } from '../api/addresses.ts';
import { api } from '../api/index.ts';
import { type AddressDraft, addressLines, emptyDraft, readAddress, withoutId } from '../checkout/address.ts';
import { AddressFields } from '../checkout/address-fields.tsx';
import { locale, t } from '../i18n/locale.ts';
import { claims } from '../session/session.ts';
import { AccountPage } from '../ui/account-page.tsx';
import { Empty } from '../ui/empty.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { announce } from '../ui/page.ts';
import { useLoad } from '../ui/use-load.ts';
import { useSubmit } from '../ui/use-submit.ts';

export function AddressesPage() {
  return (
    <AccountPage current="addresses">
      <Addresses key={claims.value?.sub} userId={claims.value?.sub ?? ''} />
    </AccountPage>
  );
}

function Addresses({ userId }: { userId: string }) {
  const { value, error, reload } = useLoad(userId, (signal) => api.addresses(userId, signal));
  /** Id of the address in the form; empty for a new one. */
  const [edited, setEdited] = useState<string>();
  const done = () => {
    setEdited(undefined);
    announce(t('addresses.saved'));
    reload();
  };
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (value === undefined) return <Loading />;
  return (
    <>
      {value.length === 0 && edited === undefined && <Empty title={t('addresses.none')} />}
      <ul class="address-cards">
        {value.map((one) => (
          <li key={one.id} class="panel">
            {edited === one.id ? (
              <Form
                initial={{ ...withoutId(one), line2: one.line2 ?? '' }}
                save={(address) => api.changeAddress(userId, one.id, address)}
                onDone={done}
                onCancel={() => setEdited(undefined)}
              />
            ) : (
              <Card address={one} userId={userId} onEdit={() => setEdited(one.id)} onDone={done} />
            )}
          </li>
        ))}
      </ul>
      {edited === '' ? (
        <section class="panel">
          <Form
            initial={{ ...emptyDraft, name: claims.value?.name ?? '' }}
            save={(address) => api.saveAddress(userId, address)}
            onDone={done}
            onCancel={() => setEdited(undefined)}
          />
        </section>
      ) : (
        <button type="button" class="button" onClick={() => setEdited('')}>
          {t('addresses.add')}
        </button>
      )}
    </>
  );
}

interface CardProps {
  address: SavedAddress;
  userId: string;
  onEdit: () => void;
  onDone: () => void;
}

function Card({ address: saved, userId, onEdit, onDone }: CardProps) {
  const { id, isDefault } = saved;
  const address = withoutId(saved);
  const [isAsking, setIsAsking] = useState(false);
  const remove = useSubmit(async () => {
    await api.deleteAddress(userId, id);
    onDone();
  });
  const prefer = useSubmit(async () => {
    await api.changeAddress(userId, id, { ...address, isDefault: true });
    onDone();
  });
  const whose = { name: `${address.name} ${address.line1}` };
  return (
    <>
      <address>
        <strong>{address.name}</strong> {isDefault && <span class="status">{t('addresses.default')}</span>}
        {addressLines(locale.value, address).map((line) => (
          <div key={line}>{line}</div>
        ))}
      </address>
      {(remove.error ?? prefer.error) !== undefined && <ErrorNotice error={remove.error ?? prefer.error} />}
      {/* Keys keep the two apart: a button that becomes another one under the finger would be pressed as both. */}
      {isAsking ? (
        <form key="asking" class="actions" onSubmit={remove.submit}>
          <span role="alert">{t('addresses.delete.sure')}</span>
          <button type="button" class="button" onClick={() => setIsAsking(false)}>
            {t('addresses.cancel')}
          </button>
          <button type="submit" class="button button-primary" disabled={remove.isSending}>
            {t('addresses.delete')}
          </button>
        </form>
      ) : (
        <form key="offering" class="actions" onSubmit={prefer.submit}>
          {!isDefault && (
            <button type="submit" class="quiet" disabled={prefer.isSending}>
              {t('addresses.prefer')}
            </button>
          )}
          <button type="button" class="quiet" aria-label={t('addresses.edit.label', whose)} onClick={onEdit}>
            {t('addresses.edit')}
          </button>
          <button type="button" class="quiet" aria-label={t('addresses.delete.label', whose)} onClick={() => setIsAsking(true)}>
            {t('addresses.delete')}
          </button>
        </form>
      )}
    </>
  );
}

interface FormProps {
  initial: AddressDraft;
  /** Rejects with an ApiError. */
  save: (address: Address) => Promise<unknown>;
  onDone: () => void;
  onCancel: () => void;
}

function Form({ initial, save, onDone, onCancel }: FormProps) {
  const [draft, setDraft] = useState(initial);
  const [isChecked, setIsChecked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // Before anybody can type: a focus that comes later would take the typing elsewhere.
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), []);
  const read = readAddress(draft);
  const { isSending, error, submit } = useSubmit(async () => {
    setIsChecked('mistakes' in read);
    if ('mistakes' in read) return;
    await save(read.address);
    onDone();
  });
  return (
    <form ref={form} class="form" onSubmit={submit} noValidate>
      <AddressFields
        draft={draft}
        mistakes={isChecked && 'mistakes' in read ? read.mistakes : {}}
        onEdit={(part) => setDraft((before) => ({ ...before, ...part }))}
        error={error}
        pointer=""
      />
      {error !== undefined && <ErrorNotice error={error} />}
      <div class="actions">
        <button type="button" class="button" onClick={onCancel}>
          {t('addresses.cancel')}
        </button>
        <button type="submit" class="button button-primary" disabled={isSending}>
          {t('addresses.save')}
        </button>
      </div>
    </form>
  );
}
