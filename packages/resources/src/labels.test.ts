import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSelector, matchesSelector, parseSelector } from './labels.ts';

describe('matching labels', () => {
  it.each([
    ['app=cart', { app: 'cart' }, true],
    ['app==cart', { app: 'cart', tier: 'web' }, true],
    ['app=cart', { app: 'order' }, false],
    ['app!=cart', {}, true],
    ['app!=cart', { app: 'cart' }, false],
    ['app in (cart, order)', { app: 'order' }, true],
    ['app in (cart,order)', {}, false],
    ['app notin (cart)', {}, true],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['app=cart,!canary', { app: 'cart', canary: 'yes' }, false],
    ['app=cart,app=order', { app: 'cart' }, false],
    ['app=', { app: '' }, true],
    ['', { anything: 'x' }, true],
    ['constructor', {}, false],
  ])('%s against %o is %s', (text, labels, expected) => {
    expect(matchesSelector(parseSelector(text), labels)).toBe(expected);
  });

  it('an absent selector matches nothing', () => {
    expect(matchesSelector(undefined, { app: 'cart' })).toBe(false);
  });
});

describe('the text form of a selector', () => {
  it.each(['app=cart,', 'a in b', 'a in (b', '=x', 'a=b c', 'a in (b c)'])('refuses %s and says which part', (text) => {
    expect(() => parseSelector(text)).toThrow(SyntaxError);
  });

  const name = fc.stringMatching(/^[a-z]([a-z0-9._-]{0,8}[a-z0-9])?$/);
  const operators = fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const);
  const requirement = fc
    .record({ key: name, operator: operators, values: fc.array(name, { minLength: 1, maxLength: 3 }) })
    .map(({ values, ...rest }) => (rest.operator.endsWith('In') ? { ...rest, values } : rest));

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.record({
          matchLabels: fc.dictionary(name, name, { maxKeys: 3, noNullPrototype: true }),
          matchExpressions: fc.array(requirement, { maxLength: 3 }),
        }),
        (selector) => {
          expect(formatSelector(parseSelector(formatSelector(selector)))).toBe(formatSelector(selector));
        },
      ),
    );
  });
});
