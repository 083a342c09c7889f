import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRollingUpdate, rolloutBounds, type ReplicaCount } from './rollout.ts';

const count = (name: string, replicas: number, available: number): ReplicaCount => ({
  name,
  replicas,
  available,
  running: replicas,
});

describe('planRollingUpdate', () => {
  it('makes room with the surge first', () => {
    const plan = planRollingUpdate({ desired: 4, maxSurge: 1, maxUnavailable: 0 }, count('new', 0, 0), [count('old', 4, 4)]);
    expect(Object.fromEntries(plan)).toEqual({ new: 1, old: 4 });
  });

  it('takes old Pods that are not available away without waiting', () => {
    const plan = planRollingUpdate({ desired: 4, maxSurge: 0, maxUnavailable: 1 }, count('new', 0, 0), [count('old', 4, 3)]);
    expect(plan.get('old')).toBe(3);
  });

  it('does not count on new Pods that are not available yet', () => {
    const plan = planRollingUpdate({ desired: 4, maxSurge: 1, maxUnavailable: 0 }, count('new', 1, 0), [count('old', 4, 4)]);
    expect(Object.fromEntries(plan)).toEqual({ new: 1, old: 4 });
  });

  it('comes to an end from any state, within its bounds all the way', () => {
    const bounds = fc.record({
      desired: fc.integer({ min: 0, max: 8 }),
      maxSurge: fc.integer({ min: 0, max: 4 }),
      maxUnavailable: fc.integer({ min: 0, max: 8 }),
    });
    const sizes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        bounds,
        sizes,
        fc.integer({ min: 0, max: 8 }),
        ({ desired, maxSurge, maxUnavailable: given }, olds, started) => {
          const maxUnavailable = Math.min(desired, maxSurge === 0 ? Math.max(1, given) : given);
          const current = count('new', started, started);
          const old = olds.map((replicas, index) => count(`old-${index}`, replicas, replicas));
          for (let step = 0; step < 100; step++) {
            const before = [current, ...old].reduce((sum, { replicas }) => sum + replicas, 0);
            const availableBefore = [current, ...old].reduce((sum, { available }) => sum + available, 0);
            const plan = planRollingUpdate({ desired, maxSurge, maxUnavailable }, current, old);
            const after = [...plan.values()].reduce((sum, replicas) => sum + replicas, 0);
            expect(after).toBeLessThanOrEqual(Math.max(before, desired + maxSurge));
            for (const set of [current, ...old]) {
              set.replicas = plan.get(set.name) ?? set.replicas;
              set.available = Math.min(set.available, set.replicas);
            }
            const availableAfter = [current, ...old].reduce((sum, { available }) => sum + available, 0);
            expect(availableAfter).toBeGreaterThanOrEqual(Math.min(availableBefore, desired - maxUnavailable));
            // One new Pod becomes available at a time: the slowest there is.
            if (current.available < current.replicas) current.available++;
          }
          expect(current.replicas).toBe(desired);
          expect(old.every(({ replicas }) => replicas === 0)).toBe(true);
        },
      ),
    );
  });
});

describe('rolloutBounds', () => {
  const bounds = (replicas: number, maxSurge: string | number, maxUnavailable: string | number) => {
    const spec = { replicas, selector: {}, template: {}, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } };
    return rolloutBounds({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec });
  };

  it('rounds percentages in favour of having more Pods', () => {
    expect(bounds(3, '25%', '25%')).toEqual({ desired: 3, maxSurge: 1, maxUnavailable: 0 });
  });

  it('lets one Pod be unavailable when nothing could move otherwise', () => {
    expect(bounds(3, 0, '10%')).toEqual({ desired: 3, maxSurge: 0, maxUnavailable: 1 });
  });
});
