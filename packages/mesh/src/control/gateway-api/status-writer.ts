/**
 * Keeps the statuses of Gateway API resources as they should be, and the GatewayClasses that everybody may name there. Level-triggered: whatever
 * woke it, it compares all there is with all there should be; what could not be written is tried again.
 */
import { isDeepStrictEqual } from 'node:util';
import { GatewayClasses, GRPCRoutes, HTTPRoutes, KubernetesGateways, ResourceError } from '@hikyaku/resources';
import type { Kind, Resource, ResourceClient } from '@hikyaku/resources';
import { parentsOf } from '../../snapshot/gateway-api/attachments.ts';
import type { Surroundings } from '../../snapshot/gateway-api/attachments.ts';
import { controllerName, isOwnClass, ownClassNames, ownGateways } from '../../snapshot/gateway-api/classes.ts';
import { attachRoutes } from '../../snapshot/gateway-api/compile.ts';
import { isGrpcRoute } from '../../snapshot/gateway-api/resources.ts';
import type { GatewayApiResources } from '../../snapshot/gateway-api/resources.ts';
import type { MeshResources } from '../../snapshot/compile.ts';
import type { GatewayPlace } from '../../snapshot/gateway-ports.ts';
import { statusOfClass, statusOfGateway, statusOfRoute } from './status.ts';

export interface StatusWriter {
  /** Something may have changed; `read` gives what there is now. */
  resourcesChanged(read: () => MeshResources): void;
  /** The gateway can be reached, at all of its ports but those given, with the reason; nothing is written before that. */
  gatewayReady(url: string, unavailable: ReadonlyMap<GatewayPlace, string>): void;
}

export interface StatusWriterOptions {
  client: ResourceClient;
  signal: AbortSignal;
  /** Called with why something cannot be written, or undefined when everything could. */
  onTrouble: (message: string | undefined) => void;
}

/** Leaves the changes that its own writes make the time to come back, and bursts of others to gather. */
const restMs = 20;
const retryMs = 1_000;

export function startStatusWriter({ client, signal, onTrouble }: StatusWriterOptions): StatusWriter {
  let read: (() => MeshResources) | undefined;
  let reach: Reach | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isWriting = false;
  /** How often it was woken: what comes while it writes is for the next time. */
  let calls = 0;
  const wake = (delayMs: number) => {
    calls++;
    if (!isWriting && timer === undefined && !signal.aborted) timer = setTimeout(() => void write(), delayMs);
  };
  const write = async () => {
    timer = undefined;
    if (read === undefined || reach === undefined) return;
    isWriting = true;
    const seen = calls;
    const { gatewayApi, ...surroundings } = read();
    const errors = gatewayApi === undefined ? [] : await bringAbout(client, gatewayApi, { ...surroundings, ...reach }, signal);
    isWriting = false;
    onTrouble(describe(errors));
    if (errors.length > 0) wake(retryMs);
    else if (calls !== seen) wake(restMs);
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    resourcesChanged(next) {
      read = next;
      wake(restMs);
    },
    gatewayReady(url, unavailable) {
      if (isDeepStrictEqual({ url, unavailable }, reach)) return;
      reach = { url, unavailable };
      wake(0);
    },
  };
}

/** How the gateway can be reached. */
interface Reach {
  url: string;
  unavailable: ReadonlyMap<GatewayPlace, string>;
}

type World = Surroundings & Reach;

/** Somebody else was faster, or has deleted it: that is no trouble, what is seen next tells. */
function describe(errors: readonly Error[]): string | undefined {
  const trouble = errors.find((error) => !(error instanceof ResourceError && harmless.includes(error.reason)));
  return trouble && `the status of a Gateway API resource cannot be written: ${trouble.message}`;
}

const harmless = ['Conflict', 'NotFound', 'AlreadyExists'];

/** Resolves with what went wrong; nothing of that keeps the rest from being written. */
async function bringAbout(
  client: ResourceClient,
  resources: GatewayApiResources,
  world: World,
  signal: AbortSignal,
): Promise<Error[]> {
  const writes = [...missingClasses(client, resources), ...staleStatuses(client, resources, world)];
  const errors: Error[] = [];
  for (const write of writes) {
    try {
      if (!signal.aborted) await write();
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return signal.aborted ? [] : errors;
}

type Write = () => Promise<unknown>;

function missingClasses(client: ResourceClient, { gatewayClasses }: GatewayApiResources): Write[] {
  const known = new Set(gatewayClasses.map(({ metadata }) => metadata.name));
  return ownClassNames.filter((name) => !known.has(name)).map((name) => () => client.create(GatewayClasses, newClass(name)));
}

function newClass(name: string) {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  return { apiVersion, kind: 'GatewayClass', metadata: { name }, spec: { controllerName, description: 'served by hikyaku' } };
}

function staleStatuses(client: ResourceClient, resources: GatewayApiResources, world: World): Write[] {
  const parents = parentsOf(resources, world);
  const routes = attachRoutes(resources, parents, () => undefined);
  return [
    ...resources.gatewayClasses.filter(isOwnClass).flatMap((own) => update(client, GatewayClasses, own, statusOfClass(own))),
    ...ownGateways(resources).flatMap((gateway) =>
      update(client, KubernetesGateways, gateway, statusOfGateway(gateway, parents.listeners, routes, world.url)),
    ),
    ...routes.flatMap((attached) => {
      const { route } = attached;
      const isUntouched = route.status === undefined && attached.attachments.length === 0;
      if (isUntouched) return [];
      const status = statusOfRoute(attached);
      return isGrpcRoute(route) ? update(client, GRPCRoutes, route, status) : update(client, HTTPRoutes, route, status);
    }),
  ];
}

function update<R extends Resource>(client: ResourceClient, kind: Kind<R>, object: R, status: R['status']): Write[] {
  if (isDeepStrictEqual(object.status, status)) return [];
  return [() => client.updateStatus(kind, { ...object, status })];
}
