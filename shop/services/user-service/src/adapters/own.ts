/** What a person may see of users: themselves. */
import { problem, Type, type User } from '@hikyaku/service';

export const signedIn = { auth: 'required' as const };
export const UserParams = Type.Object({ id: Type.String() });

/** The id, when it is the caller's own. Throws 404 otherwise: to others an account that exists looks like one that does not. */
export function own(caller: User | undefined, id: string): string {
  if (caller?.id !== id) throw unknownUser();
  return id;
}

export function unknownUser() {
  return problem(404, { type: 'urn:shop:problem:unknown_user', detail: 'There is no such user.' });
}
