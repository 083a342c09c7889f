import { describe, expect, test } from 'vitest';
import { searchPatterns } from './search.ts';

describe('searchPatterns', () => {
  test('asks for every word', () => {
    expect(searchPatterns('iron kettle')).toEqual(['%iron%', '%kettle%']);
  });

  test('splits at the ideographic space and folds full-width letters', () => {
    expect(searchPatterns('鉄瓶　ＴＥＡ')).toEqual(['%鉄瓶%', '%tea%']);
  });

  test('looks for wildcards as themselves', () => {
    expect(searchPatterns('100%_\\')).toEqual(['%100\\%\\_\\\\%']);
  });

  test('asks for nothing when nothing was typed', () => {
    expect(searchPatterns('  ')).toEqual([]);
  });

  test('reads no more than eight words', () => {
    expect(searchPatterns('a b c d e f g h i j')).toHaveLength(8);
  });
});
