import { expect, it } from 'vitest';
import { createAddressPool } from './addresses.ts';

it('gives each owner one address of 127.16.0.0/12 that nobody else has', () => {
  const pool = createAddressPool('/somewhere/.hikyaku');
  const addresses = Array.from({ length: 600 }, (_, index) => pool.allocate(`pod-${index}`));
  expect(new Set(addresses).size).toBe(600);
  for (const address of addresses) expect(address).toMatch(/^127\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/);
  expect(pool.allocate('pod-0')).toBe(addresses[0]);
});

it('gives back the address a Pod had, unless it is taken or no Pod address', () => {
  const pool = createAddressPool('x');
  expect(pool.allocate('a', '127.20.1.1')).toBe('127.20.1.1');
  expect(pool.allocate('b', '127.20.1.1')).not.toBe('127.20.1.1');
  expect(pool.allocate('c', '10.0.0.1')).toMatch(/^127\./);
  pool.release('a');
  expect(pool.allocate('d', '127.20.1.1')).toBe('127.20.1.1');
});

it('begins at different places for different systems', () => {
  expect(createAddressPool('one').allocate('a')).not.toBe(createAddressPool('two').allocate('a'));
});
