/**
 * Which Gateways are served here: those of a class that hikyaku controls.
 */
import type { GatewayClass, KubernetesGateway } from '@hikyaku/resources';
import { byAge } from '../names.ts';
import type { GatewayApiResources } from './resources.ts';

/** Our name in the status of everything that is served. */
export const controllerName = 'hikyaku.dev/gateway-controller';

/** Served whoever controls them, and although no manifest has them: files written for Istio are to run unchanged. */
export const ownClassNames: readonly string[] = ['hikyaku', 'istio'];

export function isOwnClass({ metadata, spec }: GatewayClass): boolean {
  return ownClassNames.includes(metadata.name) || spec?.controllerName === controllerName;
}

/** Oldest first. */
export function ownGateways({ gateways, gatewayClasses }: GatewayApiResources): KubernetesGateway[] {
  const own = new Set([...ownClassNames, ...gatewayClasses.filter(isOwnClass).map(({ metadata }) => metadata.name)]);
  return gateways.filter(({ spec }) => own.has(spec?.gatewayClassName ?? '')).sort(byAge);
}
