import { expect, describe, test, vi } from 'vitest';
import { ListMemo } from './list-memo.ts';

interface Asking {
  warn: (message: string) => void;
  place: string;
  prices?: ReadonlyMap<string, number>;
}

type Order = readonly string[];

const tea: Order = ['tea', 'bowl'];
const cake: Order = ['cake'];
const rice: Order = ['rice'];
const prices = new Map([
  ['tea', 3],
  ['cake', 5],
]);
const market: Asking = { warn: () => undefined, place: 'market', prices };

/** Twice, with a turn in between; which orders were worked out the second time, and what came of it. */
function again(orders: readonly Order[], change: Partial<Asking>, first: Asking = market) {
  const memo = new ListMemo<Order, number[]>();
  const compute = vi.fn((order: Order, index: number, { place, prices: here, warn }: Asking) => {
    for (const name of order) if (here?.has(name) !== true) warn(`no ${name}`);
    return [place.length, index, ...order.map((name) => here?.get(name) ?? 0)];
  });
  memo.turn();
  memo.each('orders', [tea, cake], first, compute);
  compute.mockClear();
  const told: string[] = [];
  const next: Asking = { ...first, ...change, warn: (message) => told.push(message) };
  memo.turn();
  const results = memo.each('orders', orders, next, compute);
  const worked = compute.mock.calls.map(([order]) => order);
  compute.mockClear();
  expect(results).toEqual(new ListMemo<Order, number[]>().each('orders', orders, { ...next, warn: () => undefined }, compute));
  return { worked, told };
}

describe('compiles again', () => {
  const cases: [string, readonly Order[], Partial<Asking>, readonly Order[]][] = [
    ['nothing when nothing changed', [tea, cake], { prices: new Map(prices) }, []],
    ['nothing when something came that was not asked for', [tea, cake], { prices: new Map([...prices, ['rice', 5]]) }, []],
    ['those who asked for what changed', [tea, cake], { prices: new Map([...prices, ['tea', 4]]) }, [tea]],
    ['those who asked for what was not there', [tea, cake], { prices: new Map([...prices, ['bowl', 9]]) }, [tea]],
    ['all when another value of the context changed', [tea, cake], { place: 'shop' }, [tea, cake]],
    ['the element that is another object', [tea, rice], {}, [rice]],
    ['what is at another place in the list', [rice, tea, cake], {}, [rice, tea, cake]],
    ['nothing of what is left of a list', [tea], {}, []],
  ];
  test.each(cases)('%s', (_, orders, change, expected) => {
    expect(again(orders, change).worked).toEqual(expected);
  });

  test('all when a Map comes that was not there to be asked', () => {
    expect(again([tea, cake], { prices }, { warn: () => undefined, place: 'market' }).worked).toEqual([tea, cake]);
  });

  test('whoever looked at all of a Map', () => {
    const memo = new ListMemo<Order, string[]>();
    const compute = (_: Order, __: number, context: Asking) => [...(context.prices?.keys() ?? [])];
    memo.each('orders', [tea], market, compute);
    memo.turn();
    const more = { ...market, prices: new Map([...prices, ['rice', 1]]) };
    expect(memo.each('orders', [tea], more, compute)).toEqual([['tea', 'cake', 'rice']]);
  });
});

test('warnings are told every time, in the order of the list', () => {
  expect(again([tea, rice], {}).told).toEqual(['no bowl', 'no rice']);
});

test('what changed once counts from then on', () => {
  const memo = new ListMemo<Order, number>();
  const price = ([name = '']: Order, _: number, { prices: here }: Asking) => here?.get(name) ?? 0;
  const at = (tag: number) => {
    memo.turn();
    return memo.each('orders', [tea, cake], { ...market, prices: new Map([...prices, ['tea', tag]]) }, price);
  };
  expect([at(3), at(4), at(4), at(3)]).toEqual([
    [3, 5],
    [4, 5],
    [4, 5],
    [3, 5],
  ]);
});

test('what the latest compilation did not ask for is forgotten', () => {
  const memo = new ListMemo<Order, number>();
  const count = vi.fn(() => 1);
  memo.each('orders', [tea], market, count);
  memo.turn();
  memo.turn();
  memo.each('orders', [tea], market, count);
  expect(count).toHaveBeenCalledTimes(2);
});
