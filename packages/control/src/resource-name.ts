/** How a kind is called in messages, in the store and in the API's discovery. */
import type { KindRef } from '@hikyaku/resources';

/** `deployments.apps`, or only `pods` in the core group. */
export function resourceName({ group, plural }: KindRef): string {
  return group === '' ? plural : `${plural}.${group}`;
}
