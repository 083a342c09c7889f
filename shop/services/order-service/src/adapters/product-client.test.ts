import type { Client } from '@hikyaku/service';
import { expect, test } from 'vitest';
import { quoting } from './product-client.ts';

const known = ['tea', 'bowl', 'whisk'];

test('orders that come while prices are on their way ask together, and each gets those of its own products', async () => {
  const asked: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const client = {
    call: async (_contract: unknown, { query: { ids } }: { query: { ids: string } }) => {
      asked.push(ids);
      await gate.promise;
      const items = ids.split(',').filter((id) => known.includes(id));
      return { items: items.map((id) => ({ id, name: { ja: id, en: id }, priceYen: id.length })) };
    },
  };
  const quote = quoting(client as unknown as Client);
  const first = quote(['tea']);
  await expect.poll(() => asked).toEqual(['tea']);
  const others = [quote(['bowl', 'tea']), quote(['none', 'whisk', 'a,bowl'])];
  gate.resolve(undefined);
  const quotes = await Promise.all([first, ...others]);
  expect(quotes.map((all) => all.map(({ productId }) => productId))).toEqual([['tea'], ['bowl', 'tea'], ['whisk']]);
  expect(asked).toEqual(['tea', 'bowl,tea,none,whisk']);
});
