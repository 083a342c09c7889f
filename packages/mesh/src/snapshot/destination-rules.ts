/**
 * Which DestinationRules hold for a host. Rules for one host are merged as Istio does: the oldest that has a trafficPolicy gives it, subsets
 * are collected, of two with one name the older holds. Rules for a wildcard hold where no other does, the longest wildcard first.
 */
import type { DestinationRule, Subset, TrafficPolicy } from '@hikyaku/resources';
import { clusterDomain, serviceOfHost } from './hosts.ts';
import { byAge, nameOf } from './names.ts';

/** What holds for one host, of one rule or several. */
export interface MergedRule {
  /** Of the rule whose trafficPolicy holds: `namespace/name`. */
  name: string;
  annotations: Readonly<Record<string, string>>;
  trafficPolicy?: TrafficPolicy;
  subsets: Subset[];
}

export class DestinationRules {
  /** By host, in full: `web.default.svc.cluster.local`, `*.shop.svc.cluster.local`, `api.example.com`. */
  readonly #byHost: ReadonlyMap<string, DestinationRule[]>;
  readonly #wildcards: string[];
  readonly #warn: (message: string) => void;
  readonly #merged = new Map<string, MergedRule>();
  readonly #asked = new Set<string>();

  constructor(rules: readonly DestinationRule[], warn: (message: string) => void) {
    this.#warn = warn;
    const holding = [...rules].sort(byAge).filter((rule) => this.#canHold(rule));
    this.#byHost = Map.groupBy(holding, fullHostOf);
    this.#wildcards = [...this.#byHost.keys()].filter((host) => host.startsWith('*')).sort((a, b) => b.length - a.length);
  }

  forService({ name, namespace }: { name: string; namespace: string }): MergedRule | undefined {
    return this.forHost(`${name}.${namespace}.${clusterDomain}`, namespace);
  }

  /** `namespace` is the one the host belongs to: its own rules come before those of others. */
  forHost(host: string, namespace: string): MergedRule | undefined {
    const pattern = this.#byHost.has(host) ? host : this.#wildcards.find((wildcard) => host.endsWith(wildcard.slice(1)));
    if (pattern === undefined) return undefined;
    this.#asked.add(pattern);
    const key = `${namespace} ${pattern}`;
    const known = this.#merged.get(key) ?? this.#merge(this.#byHost.get(pattern) ?? [], namespace, host);
    if (known !== undefined) this.#merged.set(key, known);
    return known;
  }

  /** To be called when all hosts there are were asked for. A Service that is not there may come later; any other host is a mistake. */
  warnOfUnused(): void {
    for (const [host, rules] of this.#byHost) {
      if (this.#asked.has(host) || (host.endsWith(`.${clusterDomain}`) && !host.startsWith('*'))) continue;
      for (const rule of rules)
        this.#warn(
          `DestinationRule ${nameOf(rule)}: host ${rule.spec?.host} is that of no Service and of no ServiceEntry, so it rules nothing`,
        );
    }
  }

  #canHold(rule: DestinationRule): boolean {
    const { workloadSelector, exportTo = [] } = rule.spec ?? {};
    if (workloadSelector !== undefined) {
      // For some callers only: for all of them it would say more than it does.
      this.#warn(`DestinationRule ${nameOf(rule)}: workloadSelector is not carried out, so this rule rules nothing`);
      return false;
    }
    if (exportTo.length > 0 && !exportTo.includes('*'))
      this.#warn(`DestinationRule ${nameOf(rule)}: exportTo is not carried out, it holds for calls from every namespace`);
    return true;
  }

  #merge(rules: readonly DestinationRule[], namespace: string, host: string): MergedRule | undefined {
    const own = rules.filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace);
    const foreign = rules.filter((rule) => !own.includes(rule));
    const [first, ...others] = own.length > 0 ? own : foreign;
    if (first === undefined) return undefined;
    if (own.length > 0)
      for (const rule of foreign) this.#warn(`DestinationRule ${nameOf(rule)}: ${host} is ruled by those of its own namespace`);
    const merged = { rule: mergedOf(first), policy: first };
    for (const rule of others) this.#add(merged, rule);
    return merged.rule;
  }

  #add(merged: { rule: MergedRule; policy: DestinationRule }, rule: DestinationRule): void {
    const { trafficPolicy, subsets = [] } = rule.spec ?? {};
    if (trafficPolicy !== undefined && merged.rule.trafficPolicy !== undefined)
      this.#warn(`DestinationRule ${nameOf(rule)}: its trafficPolicy does not hold, that of ${merged.rule.name} is older`);
    else if (trafficPolicy !== undefined) {
      const { name, annotations } = mergedOf(rule);
      merged.rule = { ...merged.rule, name, annotations, trafficPolicy };
    }
    for (const subset of subsets) {
      if (merged.rule.subsets.some(({ name }) => name === subset.name))
        this.#warn(
          `DestinationRule ${nameOf(rule)}: its subset ${subset.name} does not hold, an older rule has one of that name`,
        );
      else merged.rule.subsets.push(subset);
    }
  }
}

function mergedOf(rule: DestinationRule): MergedRule {
  const { trafficPolicy, subsets = [] } = rule.spec ?? {};
  const { annotations = {} } = rule.metadata;
  return { name: nameOf(rule), annotations, subsets: [...subsets], ...(trafficPolicy && { trafficPolicy }) };
}

function fullHostOf({ spec, metadata }: DestinationRule): string {
  const host = (spec?.host ?? '').toLowerCase();
  if (host.startsWith('*')) return host;
  const service = serviceOfHost(host, metadata.namespace ?? 'default');
  return service === undefined ? host : `${service.name}.${service.namespace}.${clusterDomain}`;
}
