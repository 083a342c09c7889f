import { describe, expect, it } from 'vitest';
import { someProducts } from '../../../e2e/mock/catalogue.ts';
import { guessCategory } from './categories.ts';

describe('the shelf of a product', () => {
  it.each(someProducts.map(({ id, category }) => [id, category]))('of the id %s is %s', (id, category) => {
    expect(guessCategory(id)).toBe(category);
  });

  it.each([
    ['zabuton-kurume', 'home'],
    ['hinoki-bath-stool', 'home'],
    ['lacquer-bowl-wajima', 'tableware'],
    ['fountain-pen-urushi', 'stationery'],
    ['hatcho-miso', 'food'],
  ])('is not mistaken for another: %s is of %s', (id, category) => {
    expect(guessCategory(id)).toBe(category);
  });

  it('stays open when the id says nothing', () => {
    expect(guessCategory('p-1')).toBe('');
  });
});
