/** Services, their endpoints, and where all of it lives: Namespaces, ServiceAccounts, Events. */
import { each, harmless, members, resource, works, worksFor } from './support.ts';

const ipv4Only = 'addresses are IPv4, in 127.0.0.0/8';

export const service = resource({
  spec: members({
    ...each(works, 'selector', 'clusterIP', 'clusterIPs', 'publishNotReadyAddresses'),
    type: worksFor('ClusterIP'),
    ports: members({
      ...each(works, 'name', 'port', 'targetPort'),
      protocol: worksFor('TCP'),
      appProtocol: works,
    }),
    sessionAffinity: worksFor('None'),
    internalTrafficPolicy: harmless('there is one node'),
    ...each(harmless(ipv4Only), 'ipFamilies', 'ipFamilyPolicy'),
  }),
});

export const endpointSlice = resource(each(works, 'addressType', 'endpoints', 'ports'));

export const namespace = resource({ spec: members({ finalizers: works }) });

export const serviceAccount = resource(
  each(harmless('stored; no token is issued yet'), 'automountServiceAccountToken', 'imagePullSecrets', 'secrets'),
);

const eventFields = [
  'involvedObject',
  'type',
  'reason',
  'message',
  'count',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'series',
];

export const event = resource(each(works, ...eventFields, 'action', 'related', 'reportingComponent', 'reportingInstance'));
