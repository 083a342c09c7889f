/**
 * What requests have to pass at each place, made ready from the snapshot. What was learnt (verified tokens, keys, how much of a limit
 * is used) outlives the snapshot: it is kept as long as what it belongs to is written as before.
 */
import { isDeepStrictEqual } from 'node:util';
import { ProcessCounters } from '../ratelimit/counters.ts';
import type { Counters } from '../ratelimit/counters.ts';
import { compileDescriptors } from '../ratelimit/descriptors.ts';
import { GlobalLimiter } from '../ratelimit/global-limiter.ts';
import { LocalLimiter } from '../ratelimit/local-limiter.ts';
import { RedisCounters } from '../ratelimit/redis-counters.ts';
import { Authentication } from '../security/authentication.ts';
import { compileAuthorization } from '../security/authorization.ts';
import { TokenVerifier } from '../security/token-verifier.ts';
import type {
  CounterStore,
  GlobalRateLimit,
  JwtRule,
  LocalRateLimit,
  ProtectedPlace,
  Protection,
  RateLimits,
} from '../snapshot/protection.ts';
import type { Endpoint, Snapshot } from '../snapshot/snapshot.ts';
import { formatLabels } from '../telemetry/prometheus.ts';
import type { Family } from '../telemetry/prometheus.ts';
import { admit, admittedDecision, admittedHead, isRefusal } from './admission.ts';
import type { Admission, Door } from './admission.ts';
import { answer } from './answers.ts';
import { endpointLimit } from './endpoint-limit.ts';
import type { EndpointLimiters } from './endpoint-limit.ts';
import type { Filter, FilterResult, RoutedDecision, RoutedRequest } from './filter.ts';
import { fetchText } from './mesh-fetch.ts';
import type { LocateService } from './mesh-fetch.ts';
import { rateLimitFilter } from './rate-limit.ts';

interface Guard {
  door: Door | undefined;
  limit: Filter | undefined;
}

const nothing: Protection = {
  authentications: {}, authorizations: {}, localRateLimits: {}, globalRateLimits: {}, clusters: {},
}; // prettier-ignore

export class Guards {
  readonly #locate: LocateService;
  #protection = nothing;
  #verifiers: TokenVerifier[] = [];
  /** By place and limit: each place counts for itself. */
  readonly #locals = new Map<string, LocalLimiter>();
  readonly #globals = new Map<string, GlobalLimiter>();
  #stores: { store: CounterStore; counters: Counters }[] = [];
  #gateway: Guard | undefined;
  readonly #clusters = new Map<string, Filter>();
  /** Of those clusters that have one. */
  readonly #doors = new Map<string, Door>();
  /** Those of routes, made when the first request meets them. */
  #ofRoutes = new WeakMap<RateLimits, Filter>();

  constructor(locate: LocateService) {
    this.#locate = locate;
  }

  /** Follows a new snapshot. */
  update({ protection = nothing, clusters }: Pick<Snapshot, 'protection' | 'clusters'>): void {
    if (this.#locals.size > 0) this.#forgetEndpoints(clusters);
    if (protection === this.#protection) return;
    this.#protection = protection;
    const rules = Object.values(protection.authentications).flat();
    this.#verifiers = rules.map((rule) => this.#verifierOf(rule) ?? this.#newVerifier(rule));
    this.#forgetLimits();
    this.#ofRoutes = new WeakMap();
    this.#gateway = protection.gateway && this.#guard('gateway', protection.gateway);
    this.#clusters.clear();
    this.#doors.clear();
    for (const [key, place] of Object.entries(protection.clusters)) {
      const { local, ...others } = place.rateLimits ?? {};
      const guard = this.#guard(key, { ...place, rateLimits: others });
      if (guard.door !== undefined) this.#doors.set(key, guard.door);
      this.#clusters.set(key, entrance(guard, local && this.#endpointLimiters(local, others.descriptors)));
    }
  }

  /** Undefined where every request from outside comes in. `port` is what Gateways call the one it came in by, where that is known. */
  admitAtGateway(head: Parameters<typeof admit>[1], port?: number): Admission | Promise<Admission> | undefined {
    const door = this.#gateway?.door;
    return door && admit(door, head, port === undefined ? door.ports : [port]);
  }

  /** The rate limits that a request from outside meets. */
  limitAtGateway(ofRoute: RateLimits | undefined): Filter | undefined {
    if (ofRoute === undefined) return this.#gateway?.limit;
    const known = this.#ofRoutes.get(ofRoute) ?? this.#limitFilter('gateway', ofRoute);
    this.#ofRoutes.set(ofRoute, known);
    return known;
  }

  /** What a request meets where it arrives. */
  atDestination(decision: RoutedDecision): Filter | undefined {
    return decision.kind === 'forward' ? this.#clusters.get(decision.cluster) : undefined;
  }

  /** A copy holds nothing back: one that cannot be judged at once, because a token has to be verified first, is not let in. */
  admitsCopy(cluster: string, head: Parameters<typeof admit>[1]): boolean {
    const door = this.#doors.get(cluster);
    const admission = door && admit(door, head);
    return admission === undefined || !(admission instanceof Promise || isRefusal(admission));
  }

  /** How often the counters of a global rate limit could not be asked, under Envoy's name. */
  families(): Family[] {
    const samples = [...this.#globals.values()].map(({ limit, failures }) => ({
      labels: formatLabels({ domain: limit.domain }),
      value: failures,
    }));
    const help = 'Requests that a global rate limit could not count, because the counters did not answer in time.';
    return [{ name: 'envoy_cluster_ratelimit_error', isNameWhole: true, type: 'counter', help, samples }];
  }

  close(): void {
    for (const { counters } of this.#stores) counters.close();
    this.#stores = [];
  }

  #guard(place: string, { authentications = [], authorizations = [], ports, rateLimits }: ProtectedPlace): Guard {
    const rules = authentications.flatMap((name) => this.#protection.authentications[name] ?? []);
    const policies = authorizations.flatMap((name) => {
      const own = this.#protection.authorizations[name];
      return own === undefined ? [] : [{ name, rules: own }];
    });
    const door: Door = {
      authentication: rules.length === 0 ? undefined : new Authentication(rules.flatMap((rule) => this.#verifierOf(rule) ?? [])),
      authorization: policies.length === 0 ? undefined : compileAuthorization(policies),
      ports,
    };
    return {
      door: rules.length + policies.length === 0 ? undefined : door,
      limit: rateLimits && this.#limitFilter(place, rateLimits),
    };
  }

  #verifierOf(rule: JwtRule): TokenVerifier | undefined {
    return this.#verifiers.find((verifier) => isDeepStrictEqual(verifier.rule, rule));
  }

  #newVerifier(rule: JwtRule): TokenVerifier {
    return new TokenVerifier(rule, (url, { namespace, timeoutMs }) =>
      fetchText(url, { locate: this.#locate, namespace, timeoutMs }),
    );
  }

  #limitFilter(place: string, { local = [], global = [], descriptors }: RateLimits): Filter {
    const { globalRateLimits } = this.#protection;
    return rateLimitFilter({
      local: this.#localLimiters(place, local),
      global: global.flatMap((key) => {
        const limit = globalRateLimits[key];
        return limit === undefined ? [] : [this.#globalLimiter(key, limit)];
      }),
      descriptorsOf: descriptors && compileDescriptors(descriptors),
    });
  }

  #localLimiters(place: string, keys: readonly string[]): LocalLimiter[] {
    return keys.flatMap((key) => {
      const limit = this.#protection.localRateLimits[key];
      return limit === undefined ? [] : [this.#localLimiter(`${place} ${key}`, limit)];
    });
  }

  #localLimiter(key: string, limit: LocalRateLimit): LocalLimiter {
    const known = this.#locals.get(key);
    if (known !== undefined && isDeepStrictEqual(known.limit, limit)) return known;
    const limiter = new LocalLimiter({ limit });
    this.#locals.set(key, limiter);
    return limiter;
  }

  #globalLimiter(key: string, limit: GlobalRateLimit): GlobalLimiter {
    const known = this.#globals.get(key);
    if (known !== undefined && isDeepStrictEqual(known.limit, limit)) return known;
    const limiter = new GlobalLimiter({ limit, counters: this.#countersIn(limit.store) });
    this.#globals.set(key, limiter);
    return limiter;
  }

  #countersIn(store: CounterStore): Counters {
    const known = this.#stores.find((each) => isDeepStrictEqual(each.store, store));
    if (known !== undefined) return known.counters;
    const counters = store.kind === 'process' ? new ProcessCounters() : this.#redis(store);
    this.#stores.push({ store, counters });
    return counters;
  }

  #redis({ host, port, namespace, password }: Extract<CounterStore, { kind: 'redis' }>): RedisCounters {
    const address = () => {
      const endpoint = this.#locate(host, port, namespace);
      return endpoint === undefined ? undefined : { host: endpoint.address, port: endpoint.port };
    };
    return new RedisCounters({ address, ...(password !== undefined && { password }) });
  }

  /** Each endpoint has its own, whichever Service port or subset leads to it. */
  #endpointLimiters(keys: readonly string[], descriptors: RateLimits['descriptors']): EndpointLimiters {
    const known = new WeakMap<Endpoint, LocalLimiter[]>();
    const of = (endpoint: Endpoint): LocalLimiter[] => {
      const found = known.get(endpoint) ?? this.#localLimiters(placeOf(endpoint), keys);
      known.set(endpoint, found);
      return found;
    };
    return { of, descriptorsOf: descriptors && compileDescriptors(descriptors) };
  }

  #forgetEndpoints(clusters: Snapshot['clusters']): void {
    const places = new Set(Object.values(clusters).flatMap(({ endpoints }) => endpoints.map(placeOf)));
    for (const key of this.#locals.keys()) {
      const [place = ''] = key.split(' ');
      if (place !== 'gateway' && !places.has(place)) this.#locals.delete(key);
    }
  }

  /** Counts of limits that are no more, and connections nobody needs. */
  #forgetLimits(): void {
    const { localRateLimits, globalRateLimits } = this.#protection;
    for (const key of this.#locals.keys()) {
      const [, limit = ''] = key.split(' ');
      if (localRateLimits[limit] === undefined) this.#locals.delete(key);
    }
    for (const key of this.#globals.keys()) if (globalRateLimits[key] === undefined) this.#globals.delete(key);
    const stores = Object.values(globalRateLimits).map(({ store }) => store);
    const isUsed = ({ store }: { store: CounterStore }) => stores.some((each) => isDeepStrictEqual(each, store));
    for (const each of this.#stores) if (!isUsed(each)) each.counters.close();
    this.#stores = this.#stores.filter(isUsed);
  }
}

function placeOf({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

/** Door and limits of a destination, one behind the other; what each endpoint has of its own waits until one is chosen. */
function entrance({ door, limit }: Guard, ofEndpoints: EndpointLimiters | undefined): Filter {
  const limited = (request: RoutedRequest) => {
    if (ofEndpoints !== undefined) request.endpointLimit = endpointLimit(ofEndpoints, request);
    return limit?.(request) ?? 'continue';
  };
  if (door === undefined) return limited;
  const enter = (request: RoutedRequest, admission: Admission): FilterResult | Promise<FilterResult> => {
    if (isRefusal(admission)) {
      answer(request.exchange, admission, request.decision.responseHeaders);
      return 'answered';
    }
    request.head = admittedHead(request.head, admission);
    request.decision = admittedDecision(request.decision, admission);
    return limited(request);
  };
  return (request) => {
    const admission = admit(door, request.head);
    return admission instanceof Promise ? admission.then((later) => enter(request, later)) : enter(request, admission);
  };
}
