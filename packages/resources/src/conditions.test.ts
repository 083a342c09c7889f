import { describe, expect, it } from 'vitest';
import { findCondition, setCondition, type ConditionLike } from './conditions.ts';

const early = new Date('2026-01-01T00:00:00.500Z');
const late = new Date('2026-01-01T00:01:00Z');

describe('setting a condition', () => {
  it('adds one of a new type, stamped in whole seconds', () => {
    expect(setCondition(undefined, { type: 'Ready', status: 'True' }, early)).toEqual([
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]);
  });

  it('moves lastTransitionTime only when the status changes', () => {
    const first = setCondition<ConditionLike>([], { type: 'Ready', status: 'False', message: 'a' }, early);
    const reworded = setCondition(first, { type: 'Ready', status: 'False', message: 'b' }, late);
    expect(findCondition(reworded, 'Ready')).toEqual({
      type: 'Ready',
      status: 'False',
      message: 'b',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const changed = setCondition(reworded, { type: 'Ready', status: 'True' }, late);
    expect(changed).toEqual([{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:01:00Z' }]);
  });

  it('keeps the place of each type, and the others untouched', () => {
    const all: ConditionLike[] = [
      { type: 'A', status: 'True' },
      { type: 'B', status: 'True' },
    ];
    expect(setCondition(all, { type: 'A', status: 'False' }, late).map(({ type, status }) => type + status)).toEqual([
      'AFalse',
      'BTrue',
    ]);
    expect(all[0]?.status).toBe('True');
  });

  it('gives back equal conditions when nothing but the time would differ', () => {
    const first = setCondition<ConditionLike>([], { type: 'Ready', status: 'True', reason: 'R' }, early);
    expect(setCondition(first, { type: 'Ready', status: 'True', reason: 'R' }, late)).toEqual(first);
  });
});
