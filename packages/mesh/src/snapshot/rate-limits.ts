/**
 * EnvoyFilters as rate limits: the filters they insert, and what they merge into virtual hosts and routes. Every patch of another
 * kind is named in a warning.
 */
import type { EnvoyFilter } from '@hikyaku/resources';
import { compileDescriptorRules } from './descriptor-rules.ts';
import type { GlobalRateLimits } from './global-rate-limits.ts';
import { compileLocalRateLimit } from './local-rate-limits.ts';
import { byAge, nameOf } from './names.ts';
import type { DescriptorRule, GlobalRateLimit, LocalRateLimit, RateLimits } from './protection.ts';
import type { Route } from './snapshot.ts';
import { field, textAt, typedConfig, typeOf } from './written-value.ts';

type Patch = NonNullable<NonNullable<EnvoyFilter['spec']>['configPatches']>[number];
type Warn = (message: string) => void;

const localName = 'envoy.filters.http.local_ratelimit';
const inserting = new Set(['INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'ADD']);

/** A filter in the chain; without a configuration that limits by itself it waits for that of a route. */
type FilterPatch = { kind: 'local' | 'global'; key: string; limits: boolean };

/** Something merged into the routes it matches. */
interface RoutePatch {
  level: 'vhost' | 'route';
  vhost: string;
  route: string;
  action: string;
  local?: string;
  descriptors?: DescriptorRule[];
}

/** What one EnvoyFilter does, and in which of Envoy's contexts. */
export interface RateLimitPatches {
  filter: EnvoyFilter;
  patches: { contexts: ReadonlySet<'gateway' | 'inbound'>; port?: number; patch: FilterPatch | RoutePatch }[];
}

export interface CompiledRateLimits {
  filters: RateLimitPatches[];
  local: Record<string, LocalRateLimit>;
  global: Record<string, GlobalRateLimit>;
}

/** In the order in which they take effect. */
export function compileRateLimits(filters: readonly EnvoyFilter[], globals: GlobalRateLimits, warn: Warn): CompiledRateLimits {
  const compiled: CompiledRateLimits = { filters: [], local: {}, global: {} };
  for (const filter of [...filters].sort((a, b) => (a.spec?.priority ?? 0) - (b.spec?.priority ?? 0) || byAge(a, b))) {
    const patches = (filter.spec?.configPatches ?? []).flatMap((patch, index) => {
      const key = `${nameOf(filter)}#${index + 1}`;
      const warnHere = (message: string) => warn(`EnvoyFilter ${nameOf(filter)}, patch ${index + 1}: ${message}`);
      return readPatch(patch, { key, compiled, globals, warn: warnHere });
    });
    if (patches.length > 0) compiled.filters.push({ filter, patches });
  }
  return compiled;
}

/** None where it is not carried out, which is said. What it configures is added to `compiled`. */
export function readPatch(patch: Patch, context: PatchContext): RateLimitPatches['patches'] {
  const contexts = contextsOf(patch, context.warn);
  const read = contexts.size === 0 ? undefined : compilePatch(patch, context);
  const port = patch.match?.listener?.portNumber;
  return read === undefined ? [] : [{ contexts, patch: read, ...(port !== undefined && { port }) }];
}

function contextsOf({ match }: Patch, warn: Warn): ReadonlySet<'gateway' | 'inbound'> {
  switch (match?.context ?? 'ANY') {
    case 'ANY':
      return new Set(['gateway', 'inbound']);
    case 'GATEWAY':
      return new Set(['gateway']);
    case 'SIDECAR_INBOUND':
      return new Set(['inbound']);
    default:
      warn(`the context ${match?.context ?? ''} is not carried out yet: only GATEWAY and SIDECAR_INBOUND are`);
      return new Set();
  }
}

export interface PatchContext {
  key: string;
  compiled: Pick<CompiledRateLimits, 'local' | 'global'>;
  globals: GlobalRateLimits;
  warn: Warn;
}

function compilePatch(patch: Patch, context: PatchContext): FilterPatch | RoutePatch | undefined {
  const { applyTo, patch: { operation = '', value } = {} } = patch;
  if (applyTo === 'HTTP_FILTER' && inserting.has(operation)) return compileFilter(value, context);
  const isRoute = applyTo === 'HTTP_ROUTE' || applyTo === 'VIRTUAL_HOST';
  if (isRoute && operation === 'MERGE') return compileRoutePatch(patch, value, context);
  context.warn(`${applyTo ?? 'it'} with ${operation} is not carried out: only rate limits are, as filters and in routes`);
  return undefined;
}

function compileFilter(value: unknown, { key, compiled, globals, warn }: PatchContext): FilterPatch | undefined {
  const written = field(value, 'typed_config');
  const config = typedConfig(written);
  if (typeOf(written) === 'LocalRateLimit') {
    const limit = compileLocalRateLimit(config, warn);
    compiled.local[key] = limit;
    return { kind: 'local', key, limits: limit.bucket !== undefined || limit.descriptors.length > 0 };
  }
  if (typeOf(written) === 'RateLimit') {
    const limit = globals.compile(config, warn);
    if (limit === undefined) return undefined;
    compiled.global[key] = limit;
    return { kind: 'global', key, limits: true };
  }
  warn(`the filter ${textAt(value, 'name') ?? 'without a name'} is not carried out: only rate limits are`);
  return undefined;
}

function compileRoutePatch(
  { applyTo, match }: Patch,
  value: unknown,
  { key, compiled, warn }: PatchContext,
): RoutePatch | undefined {
  const isVhost = applyTo === 'VIRTUAL_HOST';
  const { name: vhost = '', route } = match?.routeConfiguration?.vhost ?? {};
  const perFilter = field(value, 'typed_per_filter_config', localName);
  const descriptors = compileDescriptorRules(isVhost ? field(value, 'rate_limits') : field(value, 'route', 'rate_limits'), warn);
  if (perFilter === undefined && descriptors === undefined) {
    warn('merges nothing that is a rate limit, so it is not carried out');
    return undefined;
  }
  if (perFilter !== undefined) compiled.local[key] = compileLocalRateLimit(typedConfig(perFilter), warn);
  return {
    level: isVhost ? 'vhost' : 'route',
    vhost,
    route: isVhost ? '' : (route?.name ?? ''),
    action: isVhost ? 'ANY' : (route?.action ?? 'ANY'),
    ...(perFilter !== undefined && { local: key }),
    ...(descriptors && { descriptors }),
  };
}

/** Patches name the port that Envoy listens on: of Istio's own gateway these, where Gateways say 80 and 443. */
const listenedPorts: Readonly<Record<number, number>> = { 80: 8080, 443: 8443 };

/** Whether a patch for the listener on `wanted` is for what Gateways call `declared`. */
export function isGatewayPort(wanted: number, declared: number): boolean {
  return wanted === declared || wanted === listenedPorts[declared];
}

type Patches = readonly (FilterPatch | RoutePatch)[];

/** What the patches come to where no route has more to say. */
export function rateLimitsOfPlace(patches: Patches, isVhost: (name: string) => boolean): RateLimits | undefined {
  return effective(
    patches,
    ({ vhost, route, action }) => isVhost(vhost) && route === '' && (action === 'ANY' || action === 'ROUTE'),
  );
}

const actions = { forward: 'ROUTE', redirect: 'REDIRECT', respond: 'DIRECT_RESPONSE' } as const;

/** What they come to for one route of the gateway. */
export function rateLimitsOfRoute(patches: Patches, domain: string, route: Route): RateLimits | undefined {
  return effective(patches, (patch) => {
    const isVhost = patch.vhost === '' || patch.vhost.replace(/:\d+$/, '') === domain;
    // The rule's own name is what Istio calls the route; it stands at the end of ours.
    const isRoute = patch.route === '' || route.name.endsWith(` (${patch.route})`);
    return isVhost && isRoute && (patch.action === 'ANY' || patch.action === actions[route.action.kind]);
  });
}

/** A route's word counts before that of its virtual host, and that before the filter's; of several on one level, the last. */
function effective(patches: Patches, isMatched: (patch: RoutePatch) => boolean): RateLimits | undefined {
  const filters = patches.filter((patch) => 'kind' in patch);
  const matched = patches.filter((patch) => 'level' in patch).filter(isMatched);
  const last = <K extends 'local' | 'descriptors'>(name: K): RoutePatch[K] | undefined =>
    matched.findLast((patch) => patch.level === 'route' && patch[name] !== undefined)?.[name] ??
    matched.findLast((patch) => patch[name] !== undefined)?.[name];
  const locals = filters.filter(({ kind }) => kind === 'local');
  const ownLocal = last('local');
  const local =
    locals.length === 0 ? [] : ownLocal === undefined ? locals.filter(({ limits }) => limits).map(({ key }) => key) : [ownLocal];
  const global = filters.filter(({ kind }) => kind === 'global').map(({ key }) => key);
  const descriptors = last('descriptors') ?? [];
  if (local.length === 0 && (global.length === 0 || descriptors.length === 0)) return undefined;
  return {
    ...(local.length > 0 && { local }),
    ...(global.length > 0 && { global }),
    ...(descriptors.length > 0 && { descriptors }),
  };
}
