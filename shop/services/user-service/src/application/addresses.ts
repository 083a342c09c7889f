/**
 * A person's addresses. The first is the default; afterwards whichever was made it last, and when that is deleted, the oldest left.
 */
import { randomUUID } from 'node:crypto';
import { type Address, type AddressFields, MAX_ADDRESSES, TooManyAddresses } from '../domain/address.ts';

/** The addresses of one person, locked to the end of the transaction. The oldest first. */
export interface AddressBook {
  list(): Promise<Address[]>;
  add(address: Address): Promise<void>;
  replace(address: Address): Promise<void>;
  remove(id: string): Promise<void>;
  /** Makes this one the default, and no other. */
  makeDefault(id: string): Promise<void>;
}

/** Undefined, and nothing done, when there is no such user. */
export type WithAddresses = <T>(userId: string, work: (book: AddressBook) => Promise<T>) => Promise<T | undefined>;

export type AddressInput = AddressFields & { isDefault?: boolean | undefined };

/** Each is undefined when there is no such user, or no such address of theirs. */
export interface Addresses {
  /** Throws `TooManyAddresses`. */
  add(userId: string, input: AddressInput): Promise<Address | undefined>;
  replace(userId: string, id: string, input: AddressInput): Promise<Address | undefined>;
  remove(userId: string, id: string): Promise<true | undefined>;
}

export function createAddresses(withAddresses: WithAddresses): Addresses {
  return {
    add: (userId, { isDefault = false, ...fields }) =>
      withAddresses(userId, async (book) => {
        const others = await book.list();
        if (others.length >= MAX_ADDRESSES) throw new TooManyAddresses();
        const address = { ...fields, id: randomUUID(), isDefault: isDefault || others.length === 0 };
        await book.add({ ...address, isDefault: false });
        if (address.isDefault) await book.makeDefault(address.id);
        return address;
      }),

    replace: (userId, id, { isDefault = false, ...fields }) =>
      withAddresses(userId, async (book) => {
        const old = (await book.list()).find((address) => address.id === id);
        if (old === undefined) return undefined;
        const address = { ...fields, id, isDefault: isDefault || old.isDefault };
        await book.replace(address);
        if (!old.isDefault && isDefault) await book.makeDefault(id);
        return address;
      }),

    remove: (userId, id) =>
      withAddresses(userId, async (book) => {
        const all = await book.list();
        const old = all.find((address) => address.id === id);
        if (old === undefined) return undefined;
        await book.remove(id);
        const [next] = all.filter((address) => address.id !== id);
        if (old.isDefault && next) await book.makeDefault(next.id);
        return true;
      }),
  };
}
