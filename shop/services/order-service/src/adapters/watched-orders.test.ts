import { beforeEach, describe, expect, test } from 'vitest';
import { type WatchedOrders, watchedOrders } from './watched-orders.ts';

let marks: Map<string, string>;
let asked: string[][];
let isAway: boolean;
let watched: WatchedOrders;
const open = () => new AbortController().signal;

beforeEach(() => {
  marks = new Map([
    ['a', '1'],
    ['b', '1'],
  ]);
  asked = [];
  isAway = false;
  watched = watchedOrders((ids) => {
    asked.push([...ids]);
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve(new Map(marks));
  });
});

describe('an order that is watched', () => {
  test('shows at once how it is, and then what is new', async () => {
    expect(await watched.next('a', undefined, open())).toBe('1');
    const next = watched.next('a', '1', open());
    await watched.look();
    marks.set('a', '2');
    await watched.look();
    expect(await next).toBe('2');
  });

  test('is looked at together with the others, and once for all who watch it', async () => {
    const news = [watched.next('a', '1', open()), watched.next('a', '1', open()), watched.next('b', '1', open())];
    marks = new Map([
      ['a', '2'],
      ['b', '3'],
    ]);
    await watched.look();
    expect(await Promise.all(news)).toEqual(['2', '2', '3']);
    expect(asked).toEqual([['a', 'b']]);
  });

  test('costs nothing once nobody watches', async () => {
    const ending = new AbortController();
    const next = watched.next('a', '1', ending.signal);
    ending.abort(new Error('left'));
    await expect(next).rejects.toThrow('left');
    await watched.look();
    expect(asked).toEqual([]);
  });

  test('is let go while nothing can be seen', async () => {
    isAway = true;
    const next = expect(watched.next('a', '1', open())).rejects.toThrow('away');
    await watched.look();
    await next;
    await expect(watched.next('a', undefined, open())).rejects.toThrow('away');
  });
});
