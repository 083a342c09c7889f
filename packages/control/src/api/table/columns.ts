/** The columns of each kind, as kubectl prints them; `wide` ones only with `-o wide`. */
import { formatSelector, kindKey } from '@hikyaku/resources';
import type {
  AuthorizationPolicy,
  ConfigMap,
  Deployment,
  DestinationRule,
  EndpointSlice,
  Event,
  GatewayClass,
  GRPCRoute,
  HTTPRoute,
  Kind,
  KubernetesGateway,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Resource,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  ServiceEntry,
  VirtualService,
} from '@hikyaku/resources';
import type { Column } from './column.ts';
import { ageOf } from './duration.ts';
import { gatewayClassColumns, gatewayColumns, hostnamesColumn } from './gateway-api-columns.ts';
import { lastRestart, podStatus, processIds, readyCount, restartCount } from './pod-status.ts';

const name: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const age: Column = { name: 'Age', cell: ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs) };

/** The columns of a kind; name and age for one that has none of its own. */
export function columnsOf(kind: Pick<Kind, 'group' | 'kind'>): Column[] {
  return columns[kindKey(kind)] ?? [name, age];
}

/** Lets the columns of one kind be written with its type: the kind they are looked up by guarantees it. */
function of<R extends Resource>(...own: Column<R>[]): Column[] {
  return own as unknown as Column[];
}

/** By `kindKey`. */
const columns: Record<string, Column[]> = {
  Pod: of<Pod>(
    name,
    { name: 'Ready', cell: readyCount },
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: restarts },
    age,
    { name: 'IP', cell: ({ status }) => status?.podIP ?? '<none>', isWide: true },
    { name: 'Node', cell: ({ spec }) => spec?.nodeName ?? '<none>', isWide: true },
    { name: 'PID', cell: processIds, isWide: true },
  ),
  Deployment: of<Deployment>(
    name,
    { name: 'Ready', cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}` },
    { name: 'Up-to-date', cell: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: 'Available', cell: ({ status }) => status?.availableReplicas ?? 0 },
    age,
    ...templateColumns<Deployment>(),
    selectorColumn<Deployment>(),
  ),
  ReplicaSet: of<ReplicaSet>(
    name,
    { name: 'Desired', cell: ({ spec }) => spec?.replicas ?? 1 },
    { name: 'Current', cell: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', cell: ({ status }) => status?.readyReplicas ?? 0 },
    age,
    ...templateColumns<ReplicaSet>(),
    selectorColumn<ReplicaSet>(),
  ),
  StatefulSet: of<StatefulSet>(
    name,
    { name: 'Ready', cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}` },
    age,
    ...templateColumns<StatefulSet>(),
  ),
  Service: of<Service>(
    name,
    { name: 'Type', cell: ({ spec }) => spec?.type ?? 'ClusterIP' },
    { name: 'Cluster-IP', cell: ({ spec }) => spec?.clusterIP ?? '<none>' },
    { name: 'External-IP', cell: ({ spec }) => spec?.externalName ?? '<none>' },
    { name: 'Port(s)', cell: servicePorts },
    age,
    { name: 'Selector', cell: ({ spec }) => formatSelector({ matchLabels: spec?.selector ?? {} }) || '<none>', isWide: true },
  ),
  EndpointSlice: of<EndpointSlice>(
    name,
    { name: 'AddressType', cell: ({ addressType }) => addressType },
    {
      name: 'Ports',
      cell: ({ ports }) =>
        firstFew(
          (ports ?? []).map(({ port }) => String(port ?? '*')),
          '<unset>',
        ),
    },
    {
      name: 'Endpoints',
      cell: ({ endpoints }) =>
        firstFew(
          endpoints.flatMap(({ addresses }) => addresses),
          '<unset>',
        ),
    },
    age,
  ),
  ConfigMap: of<ConfigMap>(
    name,
    { name: 'Data', cell: ({ data, binaryData }) => Object.keys({ ...data, ...binaryData }).length },
    age,
  ),
  Secret: of<Secret>(
    name,
    { name: 'Type', cell: ({ type }) => type ?? 'Opaque' },
    { name: 'Data', cell: ({ data }) => Object.keys(data ?? {}).length },
    age,
  ),
  Namespace: of<Namespace>(name, { name: 'Status', cell: ({ status }) => status?.phase ?? 'Active' }, age),
  ServiceAccount: of<ServiceAccount>(name, { name: 'Secrets', cell: ({ secrets }) => secrets?.length ?? 0 }, age),
  PersistentVolumeClaim: of<PersistentVolumeClaim>(
    name,
    { name: 'Status', cell: ({ status }) => status?.phase ?? 'Pending' },
    { name: 'Volume', cell: ({ spec }) => spec?.volumeName ?? '' },
    { name: 'Capacity', cell: ({ status }) => String(status?.capacity?.storage ?? '') },
    { name: 'Access Modes', cell: ({ spec }) => accessModes(spec?.accessModes) },
    { name: 'StorageClass', cell: ({ spec }) => spec?.storageClassName ?? '' },
    age,
  ),
  Event: of<Event>(
    {
      name: 'Last Seen',
      cell: ({ lastTimestamp, metadata }, nowMs) => ageOf(lastTimestamp ?? metadata.creationTimestamp, nowMs),
    },
    { name: 'Type', cell: ({ type }) => type ?? '' },
    { name: 'Reason', cell: ({ reason }) => reason ?? '' },
    { name: 'Object', cell: ({ involvedObject }) => `${(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name ?? ''}` },
    { name: 'Message', cell: ({ message }) => (message ?? '').trim() },
    { name: 'Source', cell: ({ source }) => source?.component ?? '', isWide: true },
    { name: 'First Seen', cell: ({ firstTimestamp }, nowMs) => ageOf(firstTimestamp, nowMs), isWide: true },
    { name: 'Count', cell: ({ count }) => count ?? 1, isWide: true },
    { ...name, isWide: true },
  ),
  AuthorizationPolicy: of<AuthorizationPolicy>(name, { name: 'Action', cell: ({ spec }) => spec?.action ?? '' }, age),
  DestinationRule: of<DestinationRule>(name, { name: 'Host', cell: ({ spec }) => spec?.host ?? '' }, age),
  VirtualService: of<VirtualService>(
    name,
    { name: 'Gateways', cell: ({ spec }) => JSON.stringify(spec?.gateways ?? []) },
    { name: 'Hosts', cell: ({ spec }) => JSON.stringify(spec?.hosts ?? []) },
    age,
  ),
  ServiceEntry: of<ServiceEntry>(
    name,
    { name: 'Hosts', cell: ({ spec }) => JSON.stringify(spec?.hosts ?? []) },
    { name: 'Location', cell: ({ spec }) => spec?.location ?? '' },
    { name: 'Resolution', cell: ({ spec }) => spec?.resolution ?? '' },
    age,
  ),
  GatewayClass: of<GatewayClass>(name, ...gatewayClassColumns, age, {
    name: 'Description',
    cell: ({ spec }) => spec?.description ?? '',
    isWide: true,
  }),
  'Gateway.gateway.networking.k8s.io': of<KubernetesGateway>(name, ...gatewayColumns, age),
  HTTPRoute: of<HTTPRoute>(name, hostnamesColumn, age),
  GRPCRoute: of<GRPCRoute>(name, hostnamesColumn, age),
};

function restarts(pod: Pod, nowMs: number): string {
  const count = restartCount(pod);
  const last = lastRestart(pod);
  return count === 0 || last === undefined ? String(count) : `${count} (${ageOf(last, nowMs)} ago)`;
}

interface WithTemplate extends Resource {
  spec?: {
    template?: { spec?: { containers: { name: string; image?: string }[] } };
    selector?: Parameters<typeof formatSelector>[0];
  };
}

function templateColumns<R extends WithTemplate>(): Column<R>[] {
  const containers = ({ spec }: R) => spec?.template?.spec?.containers ?? [];
  return [
    {
      name: 'Containers',
      cell: (object) =>
        containers(object)
          .map((container) => container.name)
          .join(','),
      isWide: true,
    },
    {
      name: 'Images',
      cell: (object) =>
        containers(object)
          .map(({ image }) => image ?? '')
          .join(','),
      isWide: true,
    },
  ];
}

function selectorColumn<R extends WithTemplate>(): Column<R> {
  return { name: 'Selector', cell: ({ spec }) => formatSelector(spec?.selector), isWide: true };
}

function servicePorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol ?? 'TCP'}`,
  );
  return ports.join(',') || '<none>';
}

function accessModes(modes: string[] | undefined): string {
  const short: Record<string, string> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return (modes ?? []).map((mode) => short[mode] ?? mode).join(',');
}

/** The first three, and how many more there are. */
function firstFew(items: string[], none: string): string {
  const shown = [...new Set(items)];
  if (shown.length === 0) return none;
  return shown.length <= 3 ? shown.join(',') : `${shown.slice(0, 3).join(',')} + ${shown.length - 3} more...`;
}
