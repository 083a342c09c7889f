/** Istio's Gateway, VirtualService, ServiceEntry and DestinationRule. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const oneGateway = 'there is one gateway, and every Gateway is served by it';

const serverTls = members({
  mode: worksFor('SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'PASSTHROUGH'),
  ...each(works, 'credentialName', 'httpsRedirect', 'minProtocolVersion', 'maxProtocolVersion', 'cipherSuites'),
});

export const gateway = resource({
  spec: members({
    selector: harmless(oneGateway),
    servers: members({
      port: members({
        ...each(works, 'number', 'name'),
        protocol: worksFor('HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTPS', 'TLS'),
        targetPort: harmless('not used by Istio either'),
      }),
      ...each(works, 'hosts', 'name'),
      tls: serverTls,
    }),
  }),
});

const stringMatch = members(each(works, 'exact', 'prefix', 'regex'));

const match = members({
  ...each(stringMatch, 'uri', 'method', 'authority', 'scheme'),
  ...each(members({ '*': stringMatch }), 'headers', 'withoutHeaders', 'queryParams'),
  ...each(works, 'ignoreUriCase', 'name', 'port', 'gateways', 'sourceLabels', 'sourceNamespace'),
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
    tls: members({
      match: members(each(works, 'sniHosts', 'port', 'gateways')),
      route: members({ destination, weight: works }),
    }),
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
      retries: members(
        each(works, 'attempts', 'perTryTimeout', 'retryOn', 'backoff', 'retryIgnorePreviousHosts', 'retryRemoteLocalities'),
      ),
    }),
  }),
});

const loadBalancer = members({
  // The deprecated names are named by the mesh, which knows what holds instead.
  ...each(works, 'simple', 'warmupDurationSecs'),
  consistentHash: members({
    ...each(works, 'httpHeaderName', 'useSourceIp', 'httpQueryParameterName', 'minimumRingSize'),
    httpCookie: members(each(works, 'name', 'path', 'ttl')),
    ringHash: members({ minimumRingSize: works }),
    maglev: members({ tableSize: works }),
  }),
  warmup: members(each(works, 'duration', 'minimumPercent', 'aggression')),
  localityLbSetting: members({
    ...each(works, 'enabled', 'failoverPriority'),
    distribute: members({ from: works, to: members({ '*': works }) }),
    failover: members(each(works, 'from', 'to')),
  }),
});

const connectionPool = members({
  tcp: members({
    ...each(works, 'maxConnections', 'connectTimeout', 'maxConnectionDuration', 'idleTimeout'),
    tcpKeepalive: members(each(works, 'time', 'interval', 'probes')),
  }),
  http: members(
    each(
      works,
      ...['http1MaxPendingRequests', 'http2MaxRequests', 'maxRequestsPerConnection', 'maxRetries', 'idleTimeout'],
      ...['maxConcurrentStreams', 'h2UpgradePolicy', 'useClientProtocol'],
    ),
  ),
});

const tls = members({
  // ISTIO_MUTUAL is named by the mesh, which knows what holds instead.
  ...each(works, 'mode', 'clientCertificate', 'privateKey', 'caCertificates', 'caCrl', 'credentialName'),
  ...each(works, 'subjectAltNames', 'sni', 'insecureSkipVerify'),
});

const outlierDetection = members(
  each(
    works,
    ...['consecutive5xxErrors', 'consecutiveGatewayErrors', 'consecutiveErrors', 'consecutiveLocalOriginFailures'],
    ...['splitExternalLocalOriginErrors', 'interval', 'baseEjectionTime', 'maxEjectionPercent', 'minHealthPercent'],
  ),
);

const portPolicy = { loadBalancer, connectionPool, outlierDetection, tls };

const trafficPolicy = members({
  ...portPolicy,
  portLevelSettings: members({ port: works, ...portPolicy }),
  retryBudget: members(each(works, 'percent', 'minRetryConcurrency')),
});

export const destinationRule = resource({
  spec: members({
    host: works,
    exportTo: harmless('the mesh names it where it would matter: every namespace sees every rule'),
    trafficPolicy,
    subsets: members({ ...each(works, 'name', 'labels'), trafficPolicy }),
  }),
});

const everywhere = 'what the names of a ServiceEntry stand for is the same for all namespaces';

export const serviceEntry = resource({
  spec: members({
    ...each(works, 'hosts', 'addresses', 'resolution', 'subjectAltNames'),
    ports: members({
      ...each(works, 'name', 'number', 'targetPort'),
      protocol: worksFor('HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTPS', 'TCP', 'TLS', 'MONGO'),
    }),
    endpoints: members(each(works, 'address', 'ports', 'labels', 'weight', 'locality')),
    workloadSelector: members(each(works, 'labels')),
    location: harmless('calls are carried the same way to both'),
    exportTo: harmless(everywhere),
  }),
});
