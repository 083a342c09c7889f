/** Istio's policies on requests (RequestAuthentication, AuthorizationPolicy) and the rate limits that EnvoyFilters add. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const scope = { selector: works, ...each(members(each(works, 'kind', 'group', 'name')), 'targetRef', 'targetRefs') };

export const requestAuthentication = resource({
  spec: members({
    ...scope,
    jwtRules: members({
      ...each(works, 'issuer', 'audiences', 'jwks', 'jwksUri', 'jwks_uri', 'fromHeaders', 'fromParams', 'fromCookies'),
      ...each(works, 'outputPayloadToHeader', 'outputClaimToHeaders', 'forwardOriginalToken', 'timeout'),
    }),
  }),
});

const source = members(each(works, 'requestPrincipals', 'notRequestPrincipals'));
const operation = members(each(works, 'hosts', 'notHosts', 'ports', 'notPorts', 'methods', 'notMethods', 'paths', 'notPaths'));

export const authorizationPolicy = resource({
  spec: members({
    ...scope,
    action: worksFor('ALLOW', 'DENY'),
    rules: members({ from: members({ source }), to: members({ operation }), when: works }),
  }),
});

const writtenInValue = 'what cannot be carried out of a patch is named in a warning when the system runs';

export const envoyFilter = resource({
  spec: members({
    workloadSelector: works,
    targetRefs: members(each(works, 'kind', 'group', 'name')),
    priority: works,
    configPatches: members({
      applyTo: worksFor('HTTP_FILTER', 'HTTP_ROUTE', 'VIRTUAL_HOST'),
      match: members({
        context: worksFor('ANY', 'GATEWAY', 'SIDECAR_INBOUND'),
        listener: members({
          filterChain: members({ filter: harmless('the place of a rate limit among the filters is fixed') }),
          portNumber: works,
        }),
        routeConfiguration: members({ vhost: members({ name: works, route: members(each(works, 'name', 'action')) }) }),
      }),
      patch: members({
        operation: worksFor('INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'ADD', 'MERGE'),
        value: harmless(writtenInValue),
      }),
    }),
  }),
});
