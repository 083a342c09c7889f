/** What this server serves: groups, versions and kinds, in the two forms clients ask for (one document per group, or all in one). */
import { ResourceError, allKinds, apiVersionOf, type KindInfo } from '@hikyaku/resources';
import type { Exchange } from '../exchange.ts';

const objectVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const subresourceVerbs: Record<string, string[]> = {
  log: ['get'],
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
};

/** Answers a path of discovery; false when it is none. */
export function discover(exchange: Exchange): boolean {
  const [root, group, version, ...rest] = exchange.path.split('/').filter((segment) => segment !== '');
  if (rest.length > 0 || (root !== 'api' && root !== 'apis')) return false;
  if (group === undefined)
    exchange.send(200, wantsAll(exchange) ? everything(root) : overview(root), wantsAll(exchange) ? allMediaType : undefined);
  else if (root === 'api') exchange.send(200, resourceList('', group));
  else if (version === undefined) exchange.send(200, apiGroup(group));
  else exchange.send(200, resourceList(group, version));
  return true;
}

const allMediaType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function wantsAll({ accept }: Exchange): boolean {
  return accept.split(',').some((type) => type.replaceAll(' ', '').startsWith(allMediaType));
}

function overview(root: 'api' | 'apis'): object {
  if (root === 'api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map((group) => apiGroup(group)) };
}

function groups(): string[] {
  return [...new Set(allKinds.map(({ group }) => group))].filter((group) => group !== '');
}

/** The versions of a group, the preferred one first. */
function versionsOf(group: string): string[] {
  return [
    ...new Set(
      allKinds.filter((kind) => kind.group === group).flatMap(({ version, servedVersions }) => [version, ...servedVersions]),
    ),
  ];
}

function kindsIn(group: string, version: string): KindInfo[] {
  const kinds = allKinds.filter((kind) => kind.group === group && kind.servedVersions.includes(version));
  if (kinds.length === 0) throw new ResourceError('NotFound', 'the server could not find the requested resource');
  return kinds;
}

function apiGroup(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  if (versions.length === 0) throw new ResourceError('NotFound', 'the server could not find the requested resource');
  return { kind: 'APIGroup', apiVersion: 'v1', name: group, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: kindsIn(group, version).flatMap((kind) => [
      {
        name: kind.plural,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: objectVerbs,
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      ...kind.subresources.map((subresource) => ({
        name: `${kind.plural}/${subresource}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(subresource === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind: kind.kind }),
        verbs: subresourceVerbs[subresource] ?? ['get'],
      })),
    ]),
  };
}

/** Aggregated discovery: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
function everything(root: 'api' | 'apis'): object {
  const items = (root === 'api' ? [''] : groups()).map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(group).map((version) => ({
      version,
      freshness: 'Current',
      resources: kindsIn(group, version).map((kind) => discovered(kind, version)),
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function discovered(kind: KindInfo, version: string): object {
  const responseKind = { group: kind.group, version, kind: kind.kind };
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: objectVerbs,
    shortNames: kind.shortNames,
    categories: kind.categories,
    subresources: kind.subresources.map((subresource) => ({
      subresource,
      responseKind: subresource === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : responseKind,
      verbs: subresourceVerbs[subresource] ?? ['get'],
    })),
  };
}
