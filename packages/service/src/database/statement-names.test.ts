import { expect, test } from 'vitest';
import { createStatementNames } from './statement-names.ts';

test('a statement keeps its name, and no two share one', () => {
  const names = createStatementNames();
  const first = names.nameOf('SELECT $1');
  expect(first).toBeDefined();
  expect(names.nameOf('SELECT $1')).toBe(first);
  expect(names.nameOf('SELECT $2')).not.toBe(first);
});

test('renewed names are none that were used before', () => {
  const names = createStatementNames();
  const before = ['SELECT $1', 'SELECT $2'].map((sql) => names.nameOf(sql));
  names.renew();
  expect(before).not.toContain(names.nameOf('SELECT $1'));
});

test('texts made up at every call do not fill the connections', () => {
  const names = createStatementNames();
  const given = Array.from({ length: 2000 }, (_, index) => names.nameOf(`SELECT ${index} + $1`));
  expect(given.filter((name) => name !== undefined)).toHaveLength(500);
  expect(names.nameOf('SELECT 0 + $1')).toBe(given[0]);
});
