/** Istio's Gateway, VirtualService, ServiceEntry and DestinationRule. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const oneGateway = 'there is one gateway, and every Gateway is served by it';

export const gateway = resource({
  spec: members({
    selector: harmless(oneGateway),
    servers: members({
      port: members({
        ...each(works, 'number', 'name'),
        protocol: worksFor('HTTP', 'HTTP2', 'GRPC'),
        targetPort: harmless('not used by Istio either'),
      }),
      ...each(works, 'hosts', 'name'),
    }),
  }),
});

const stringMatch = members(each(works, 'exact', 'prefix', 'regex'));

const match = members({
  ...each(stringMatch, 'uri', 'method', 'authority', 'scheme'),
  ...each(members({ '*': stringMatch }), 'headers', 'withoutHeaders', 'queryParams'),
  ...each(works, 'ignoreUriCase', 'name', 'port', 'gateways', 'sourceLabels', 'sourceNamespace'),
  statPrefix: harmless('metrics carry Istio’s names, not Envoy’s prefixes'),
});

const percentage = members({ value: works });
const destination = members(each(works, 'host', 'port', 'subset'));

const fault = members({
  delay: members({ fixedDelay: works, percentage, percent: works }),
  abort: members({ ...each(works, 'httpStatus', 'grpcStatus'), percentage }),
});

const corsPolicy = members(
  each(
    works,
    ...['allowOrigin', 'allowOrigins', 'allowMethods', 'allowHeaders', 'exposeHeaders'],
    ...['maxAge', 'allowCredentials', 'unmatchedPreflights'],
  ),
);

const headerChanges = members(each(works, 'set', 'add', 'remove'));
const headers = members(each(headerChanges, 'request', 'response'));

export const virtualService = resource({
  spec: members({
    ...each(works, 'hosts', 'gateways', 'exportTo'),
    tcp: members({
      match: members(each(works, 'destinationSubnets', 'port', 'sourceLabels', 'sourceNamespace', 'gateways')),
      route: members({ destination, weight: works }),
    }),
    http: members({
      ...each(works, 'name', 'timeout'),
      match,
      headers,
      delegate: members(each(works, 'name', 'namespace')),
      fault,
      corsPolicy,
      mirror: destination,
      mirrors: members({ destination, percentage }),
      mirrorPercentage: percentage,
      ...each(works, 'mirrorPercent', 'mirror_percent'),
      route: members({ destination, weight: works, headers }),
      rewrite: members(each(works, 'uri', 'authority', 'uriRegexRewrite')),
      redirect: members(each(works, 'uri', 'authority', 'scheme', 'redirectCode', 'port', 'derivePort')),
      directResponse: members({ status: works, body: members(each(works, 'string', 'bytes')) }),
      retries: members(each(works, 'attempts', 'perTryTimeout', 'retryOn', 'backoff', 'retryIgnorePreviousHosts')),
    }),
  }),
});

const loadBalancer = members({ simple: worksFor('ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'LEAST_CONN', 'UNSPECIFIED') });

const trafficPolicy = members({ loadBalancer, portLevelSettings: members({ port: works, loadBalancer }) });

export const destinationRule = resource({
  spec: members({
    host: works,
    exportTo: harmless('every namespace sees every rule, as is Istio’s default'),
    trafficPolicy,
    subsets: members({ ...each(works, 'name', 'labels'), trafficPolicy }),
  }),
});

const everywhere = 'what the names of a ServiceEntry stand for is the same for all namespaces';

export const serviceEntry = resource({
  spec: members({
    ...each(works, 'hosts', 'addresses', 'resolution'),
    ports: members({
      ...each(works, 'name', 'number', 'targetPort'),
      protocol: worksFor('HTTP', 'HTTPS', 'TCP', 'TLS', 'MONGO'),
    }),
    endpoints: members({
      ...each(works, 'address', 'ports'),
      labels: harmless('there are no subsets of a ServiceEntry'),
    }),
    workloadSelector: members(each(works, 'labels')),
    location: harmless('calls are carried the same way to both'),
    exportTo: harmless(everywhere),
  }),
});
