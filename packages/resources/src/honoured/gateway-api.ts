/** The Gateway API: GatewayClass, Gateway, ReferenceGrant, HTTPRoute and GRPCRoute. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

export const gatewayClass = resource({ spec: members(each(works, 'controllerName', 'description')) });

export const kubernetesGateway = resource({
  spec: members({
    gatewayClassName: works,
    addresses: members({ type: worksFor('IPAddress', 'Hostname'), value: works }),
    listeners: members({
      ...each(works, 'name', 'hostname', 'port', 'allowedRoutes'),
      protocol: worksFor('HTTP', 'HTTPS'),
      tls: members({ mode: worksFor('Terminate'), certificateRefs: works }),
    }),
    infrastructure: harmless('nothing is created for a Gateway that labels or annotations could be put on'),
  }),
});

export const referenceGrant = resource({ spec: members(each(works, 'from', 'to')) });

const headerFilters = each(works, 'type', 'requestHeaderModifier', 'responseHeaderModifier');

const backendRefs = members({
  ...each(works, 'group', 'kind', 'name', 'namespace', 'port', 'weight'),
  filters: members(headerFilters),
});

const parents = each(works, 'parentRefs', 'hostnames');

export const httpRoute = resource({
  spec: members({
    ...parents,
    rules: members({
      ...each(works, 'name', 'matches', 'timeouts', 'retry'),
      filters: members({ ...headerFilters, ...each(works, 'requestRedirect', 'urlRewrite', 'requestMirror', 'cors') }),
      backendRefs,
    }),
  }),
});

export const grpcRoute = resource({
  spec: members({
    ...parents,
    rules: members({
      ...each(works, 'name', 'matches'),
      filters: members({ ...headerFilters, requestMirror: works }),
      backendRefs,
    }),
  }),
});
