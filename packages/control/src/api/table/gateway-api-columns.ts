/** The columns of the Gateway API's kinds, as their CRDs define them. */
import { findCondition } from '@hikyaku/resources';
import type { GatewayClass, GatewayCondition, GRPCRoute, HTTPRoute, KubernetesGateway } from '@hikyaku/resources';
import type { Column } from './column.ts';

export const gatewayClassColumns: Column<GatewayClass>[] = [
  { name: 'Controller', cell: ({ spec }) => spec?.controllerName ?? '' },
  { name: 'Accepted', cell: ({ status }) => statusOf(status?.conditions, 'Accepted') },
];

export const gatewayColumns: Column<KubernetesGateway>[] = [
  { name: 'Class', cell: ({ spec }) => spec?.gatewayClassName ?? '' },
  { name: 'Address', cell: ({ status }) => (status?.addresses ?? []).map(({ value }) => value).join(',') },
  { name: 'Programmed', cell: ({ status }) => statusOf(status?.conditions, 'Programmed') },
];

export const hostnamesColumn = {
  name: 'Hostnames',
  cell: ({ spec }: HTTPRoute | GRPCRoute): string => (spec?.hostnames === undefined ? '' : JSON.stringify(spec.hostnames)),
};

function statusOf(conditions: readonly GatewayCondition[] | undefined, type: string): string {
  return findCondition(conditions, type)?.status ?? '';
}
