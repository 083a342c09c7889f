import { expect, it } from 'vitest';
import { matchesTopic } from './topic.ts';

it.each([
  ['order.confirmed', 'order.confirmed', true],
  ['order.confirmed', 'order.cancelled', false],
  ['order.*', 'order.confirmed', true],
  ['order.*', 'order', false],
  ['order.*', 'order.item.added', false],
  ['order.#', 'order', true],
  ['order.#', 'order.item.added', true],
  ['#', 'anything.at.all', true],
  ['*.confirmed', 'order.confirmed', true],
  ['#.added', 'order.item.added', true],
  ['#.added', 'order.item.removed', false],
  ['order.#.added', 'order.added', true],
])('%s matches %s: %s', (pattern, topic, expected) => {
  expect(matchesTopic(pattern, topic)).toBe(expected);
});
