import { expect, test } from 'vitest';
import { outdated } from './generate.ts';

test('the types are those of the contracts (npm run contracts makes them anew)', () => {
  expect(outdated()).toEqual([]);
});
