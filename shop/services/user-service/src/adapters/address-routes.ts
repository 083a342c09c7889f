/**
 * A person's own addresses.
 */
import { type HttpServer, problem, type Static, Type } from '@hikyaku/service';
import type { AddressInput, Addresses } from '../application/addresses.ts';
import { type Address, formatPostalCode, prefectures, TooManyAddresses } from '../domain/address.ts';
import { own, signedIn, unknownUser, UserParams } from './own.ts';

const Line = (description: string) => Type.String({ minLength: 1, maxLength: 100, pattern: String.raw`\S`, description });

const fields = {
  name: Line('Of the person who receives'),
  postalCode: Type.String({ pattern: '^[0-9]{3}-?[0-9]{4}$', description: 'NNN-NNNN' }),
  prefecture: Type.Enum([...prefectures]),
  city: Line('渋谷区'),
  line1: Line('神宮前1-2-3'),
  line2: Type.Optional(Type.String({ maxLength: 100, description: 'Building and room' })),
};
const AddressInputBody = Type.Object({
  ...fields,
  isDefault: Type.Optional(Type.Boolean({ description: 'True: this one from now on, no other' })),
});
export const AddressBody = Type.Object({ id: Type.String(), ...fields, isDefault: Type.Boolean() });

const AddressParams = Type.Object({ ...UserParams.properties, addressId: Type.String({ format: 'uuid' }) });

export interface AddressRoutesOptions {
  addresses: Addresses;
  list: (userId: string) => Promise<Address[]>;
}

export function addressRoutes(http: HttpServer, { addresses, list }: AddressRoutesOptions): void {
  const all = { params: UserParams, response: { 200: Type.Object({ items: Type.Array(AddressBody) }) } };
  http.get('/users/:id/addresses', { schema: all, config: signedIn }, async ({ user, params: { id } }) => ({
    items: await list(own(user, id)),
  }));

  const add = { params: UserParams, body: AddressInputBody, response: { 201: AddressBody } };
  http.post('/users/:id/addresses', { schema: add, config: signedIn }, async ({ user, params: { id }, body }, reply) => {
    const added = await addresses.add(own(user, id), inputOf(body)).catch(refuse);
    if (added === undefined) throw unknownUser();
    return reply.code(201).send(added);
  });

  const replace = { params: AddressParams, body: AddressInputBody, response: { 200: AddressBody } };
  http.put('/users/:id/addresses/:addressId', { schema: replace, config: signedIn }, async ({ user, params, body }) => {
    const replaced = await addresses.replace(own(user, params.id), params.addressId, inputOf(body));
    if (replaced === undefined) throw unknownAddress();
    return replaced;
  });

  const remove = { params: AddressParams };
  http.delete('/users/:id/addresses/:addressId', { schema: remove, config: signedIn }, async ({ user, params }, reply) => {
    const removed = await addresses.remove(own(user, params.id), params.addressId);
    if (removed === undefined) throw unknownAddress();
    return reply.code(204).send();
  });
}

function inputOf({ postalCode, line2, ...rest }: Static<typeof AddressInputBody>): AddressInput {
  const hasLine2 = line2 !== undefined && line2.trim() !== '';
  return { ...rest, postalCode: formatPostalCode(postalCode), ...(hasLine2 && { line2 }) };
}

function unknownAddress() {
  return problem(404, { type: 'urn:shop:problem:unknown_address', detail: 'There is no such address.' });
}

function refuse(error: unknown): never {
  if (error instanceof TooManyAddresses) throw problem(422, { type: `urn:shop:problem:${error.code}`, detail: error.message });
  throw error;
}
