/**
 * References across namespaces: a ReferenceGrant is given by the namespace that is referred to.
 */
import type { ReferenceGrant } from '@hikyaku/resources';
import { gatewayApiGroup, namespaceOf } from './resources.ts';

interface Referrer {
  kind: string;
  namespace: string;
}

/** Of the core group. */
interface Referent extends Referrer {
  name: string;
}

/** Within a namespace everything may be referred to. */
export function isGranted(grants: Iterable<ReferenceGrant>, from: Referrer, to: Referent): boolean {
  if (from.namespace === to.namespace) return true;
  for (const grant of grants) if (namespaceOf(grant) === to.namespace && covers(grant, from, to)) return true;
  return false;
}

function covers({ spec }: ReferenceGrant, from: Referrer, to: Referent): boolean {
  const isFrom = spec?.from.some(
    ({ group, kind, namespace }) => group === gatewayApiGroup && kind === from.kind && namespace === from.namespace,
  );
  const isTo = spec?.to.some(
    ({ group, kind, name = '' }) => group === '' && kind === to.kind && (name === '' || name === to.name),
  );
  return isFrom === true && isTo === true;
}
