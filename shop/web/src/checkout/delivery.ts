/** Where the parcel goes, while that is being decided: a saved address or one that is being typed. */
import { useEffect, useState } from 'preact/hooks';
import type { Address, SavedAddress } from '../api/addresses.ts';
import { api } from '../api/index.ts';
import { claims } from '../session/session.ts';
import { type Loaded, useLoad } from '../ui/use-load.ts';
import { type AddressDraft, type AddressMistakes, emptyDraft, readAddress, withoutId } from './address.ts';

export interface Delivery {
  saved: Loaded<SavedAddress[]>;
  /** Id of the saved address that was chosen; undefined for the one in the form. */
  chosenId: string | undefined;
  draft: AddressDraft;
  mistakes: AddressMistakes;
  /** Whether the address in the form is to be kept in the account. */
  isKept: boolean;
  choose: (id: string | undefined) => void;
  edit: (part: Partial<AddressDraft>) => void;
  setKept: (isKept: boolean) => void;
  /** The address to send to, kept first if that is wanted; undefined when the form has mistakes, which then show. Rejects with an ApiError. */
  settle: () => Promise<Address | undefined>;
}

export function useDelivery(): Delivery {
  const userId = claims.value?.sub ?? '';
  const saved = useLoad(userId, (signal) => api.addresses(userId, signal));
  const [chosenId, choose] = useState<string>();
  const [draft, setDraft] = useState<AddressDraft>({ ...emptyDraft, name: claims.value?.name ?? '' });
  const [mistakes, setMistakes] = useState<AddressMistakes>({});
  const [isKept, setKept] = useState(true);
  useEffect(() => choose(saved.value?.find(({ isDefault }) => isDefault)?.id), [saved.value]);

  const settle = async () => {
    const chosen = saved.value?.find(({ id }) => id === chosenId);
    if (chosen) return withoutId(chosen);
    const read = readAddress(draft);
    setMistakes('mistakes' in read ? read.mistakes : {});
    if ('mistakes' in read) return undefined;
    if (isKept) await api.saveAddress(userId, read.address);
    // Should the order fail, it is not kept a second time.
    setKept(false);
    return read.address;
  };

  const edit = (part: Partial<AddressDraft>) => {
    choose(undefined);
    setDraft((before) => ({ ...before, ...part }));
    setMistakes((before) => Object.fromEntries(Object.entries(before).filter(([field]) => !(field in part))));
  };
  return { saved, chosenId, draft, mistakes, isKept, choose, edit, setKept, settle };
}
