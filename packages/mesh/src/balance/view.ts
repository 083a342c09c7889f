/**
 * The endpoints of a cluster as callers of one place see them: levels of which the nearest that has enough healthy endpoints takes the
 * requests, places within a level, a balancer for each place.
 *
 * A level with fewer than 1/1.4 of its endpoints open hands what it cannot carry to the next (Envoy's overprovisioning factor).
 */
import type { LoadBalancerPolicy } from '../snapshot/cluster-policies.ts';
import { choiceOf } from './balancer.ts';
import type { BalancedRequest, Balancer, Candidate, Choice } from './balancer.ts';
import { balancerFor } from './balancers.ts';
import type { Level } from './locality.ts';
import { byWeight } from './random.ts';

const overprovisioning = 1.4;

export interface ViewOptions<T extends Candidate> {
  levels: Level<T>[];
  policy: LoadBalancerPolicy;
  /** Below it, all endpoints of a level are open. */
  minHealthPercent: number;
  random: () => number;
}

interface OpenPlace<T extends Candidate> {
  weight: number;
  balancer: Balancer<T>;
  all: readonly T[];
  open: Choice<T>;
}

interface OpenLevel<T extends Candidate> {
  /** The share of requests it takes. */
  weight: number;
  places: OpenPlace<T>[];
}

export class View<T extends Candidate> {
  readonly #levels: OpenLevel<T>[];
  /** The place that takes everything, when there is just one: nearly always. */
  #only: OpenPlace<T> | undefined;
  readonly #options: ViewOptions<T>;

  constructor(options: ViewOptions<T>) {
    this.#options = options;
    this.#levels = options.levels.map((level) => ({
      weight: 1,
      places: level.map(({ weight, endpoints }) => ({
        weight,
        balancer: balancerFor(options.policy, endpoints, options.random),
        all: endpoints,
        open: choiceOf(endpoints),
      })),
    }));
  }

  /** To be called before the first pick, and whenever what is open or a weight has changed. */
  refresh(isOpen: (endpoint: T) => boolean): void {
    let left = 100;
    for (const level of this.#levels) {
      const health = this.#openLevel(level, isOpen);
      level.weight = Math.min(left, Math.floor(health * 100 * overprovisioning));
      left -= level.weight;
    }
    const places = this.#levels.filter(({ weight }) => weight > 0).flatMap((level) => level.places);
    this.#only = places.length === 1 ? places[0] : undefined;
  }

  /** Undefined when nothing is open outside `except`. */
  pick(request?: BalancedRequest, except?: ReadonlySet<T>): T | undefined {
    if (except !== undefined && except.size > 0) return this.#pickElsewhere(except, request);
    const place = this.#only ?? this.#choosePlace();
    return place === undefined || place.open.endpoints.length === 0 ? undefined : place.balancer.pick(place.open, request);
  }

  /** Opens what can be opened and returns which part of the level that is. */
  #openLevel({ places }: OpenLevel<T>, isOpen: (endpoint: T) => boolean): number {
    let total = 0;
    let healthy = 0;
    for (const place of places) {
      place.open = choiceOf(place.all.filter(isOpen));
      total += place.all.length;
      healthy += place.open.endpoints.length;
    }
    if (total === 0) return 0;
    if ((healthy / total) * 100 >= this.#options.minHealthPercent) return healthy / total;
    for (const place of places) place.open = choiceOf(place.all);
    return 1;
  }

  #choosePlace(): OpenPlace<T> | undefined {
    const level = byWeight(
      this.#levels.filter(({ weight }) => weight > 0),
      this.#options.random(),
    );
    if (level === undefined) return undefined;
    // A place that has lost endpoints carries less, by the same factor as a level does.
    const shares = level.places.map((place) => ({
      place,
      weight: place.weight * Math.min(1, (overprovisioning * place.open.endpoints.length) / place.all.length),
    }));
    return byWeight(
      shares.filter(({ weight }) => weight > 0),
      this.#options.random(),
    )?.place;
  }

  /** The first level with an endpoint that was not tried, of those that take requests now; of all where the request may leave them. */
  #pickElsewhere(except: ReadonlySet<T>, request: BalancedRequest | undefined): T | undefined {
    for (const { places, weight } of this.#levels) {
      if (weight === 0 && request?.mayLeaveLocality !== true) continue;
      for (const { balancer, open } of places) {
        const left = open.endpoints.filter((endpoint) => !except.has(endpoint));
        if (left.length > 0) return balancer.pick(choiceOf(left), request);
      }
    }
    return undefined;
  }
}
