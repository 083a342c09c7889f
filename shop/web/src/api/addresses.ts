/** The addresses that a person keeps in the account. */
import { list, nothing, optional, record, text, truth } from './decode.ts';
import type { Http } from './http.ts';

/** In Japan. */
export interface Address {
  /** Of the person who receives. */
  name: string;
  /** `NNN-NNNN`. */
  postalCode: string;
  /** In Japanese, such as 東京都. */
  prefecture: string;
  city: string;
  line1: string;
  /** Building and room. */
  line2: string | undefined;
}

export interface SavedAddress extends Address {
  id: string;
  isDefault: boolean;
}

const fields = { name: text, postalCode: text, prefecture: text, city: text, line1: text, line2: optional(text) };
export const address = record<Address>(fields);
const savedAddress = record<SavedAddress>({ ...fields, id: text, isDefault: truth });

export function createAddressApi(http: Http) {
  const of = (userId: string) => `/api/users/${encodeURIComponent(userId)}/addresses`;
  const one = (userId: string, id: string) => `${of(userId)}/${encodeURIComponent(id)}`;
  return {
    addresses: async (userId: string, signal?: AbortSignal): Promise<SavedAddress[]> =>
      (await http(of(userId), { decode: record<{ items: SavedAddress[] }>({ items: list(savedAddress) }), signal })).items,

    saveAddress: (userId: string, body: Address) => http(of(userId), { method: 'POST', body, decode: savedAddress }),

    changeAddress: (userId: string, id: string, body: Address & { isDefault?: boolean }) =>
      http(one(userId, id), { method: 'PUT', body, decode: savedAddress }),

    deleteAddress: (userId: string, id: string) => http(one(userId, id), { method: 'DELETE', decode: nothing }),
  };
}
