/**
 * Where a VirtualService rule sends copies of its requests: `mirrors`, or the older `mirror` with its percentage.
 */
import { resolveCluster } from './destinations.ts';
import type { RouteContext } from './destinations.ts';
import { percentOf } from './fault-policy.ts';
import type { HttpRule } from '@hikyaku/resources';
import type { MirrorPolicy } from './route-policies.ts';

/** Those that are to get no request are left out. */
export function compileMirrors(rule: HttpRule, context: RouteContext): MirrorPolicy[] {
  const mirrors = (rule.mirrors ?? []).map(({ destination, percentage }) => ({
    cluster: resolveCluster(destination, context),
    percent: percentOf(percentage?.value) ?? 100,
  }));
  if (rule.mirror !== undefined)
    mirrors.push({ cluster: resolveCluster(rule.mirror, context), percent: mirrorPercent(rule, context) });
  return mirrors.filter(({ percent }) => percent > 0);
}

/** Unlike a fault's, an absent percentage means all. */
function mirrorPercent(rule: HttpRule, context: RouteContext): number {
  const deprecated = rule.mirrorPercent ?? rule.mirror_percent;
  if (deprecated !== undefined) {
    const name = rule.mirrorPercent === undefined ? 'mirror_percent' : 'mirrorPercent';
    context.warn(`${name} is deprecated, mirrorPercentage.value is its name now`);
  }
  return percentOf(rule.mirrorPercentage?.value ?? deprecated) ?? 100;
}
