import { describe, expect, it } from 'vitest';
import { addressLines, emptyDraft, readAddress, readPostalCode } from './address.ts';
import { prefectures, romanise } from './prefectures.ts';

const draft = {
  name: '山田 花子',
  postalCode: '〒１５０－０００１',
  prefecture: '東京都',
  city: ' 渋谷区 ',
  line1: '神宮前1-2-3',
  line2: '',
};

describe('a postal code', () => {
  it.each([
    ['150-0001', '150-0001'],
    ['1500001', '150-0001'],
    ['〒150-0001', '150-0001'],
    ['１５０ー０００１', '150-0001'],
    ['150 0001', '150-0001'],
    ['150-000', undefined],
    ['150-00012', undefined],
    ['abc-defg', undefined],
    ['', undefined],
  ])('typed as "%s" is %s', (typed, code) => {
    expect(readPostalCode(typed)).toBe(code);
  });
});

describe('an address', () => {
  it('is read as it goes on the parcel', () => {
    expect(readAddress(draft)).toEqual({
      address: { ...draft, postalCode: '150-0001', city: '渋谷区', line2: undefined },
    });
    expect(readAddress({ ...draft, line2: 'コーポ101' })).toMatchObject({ address: { line2: 'コーポ101' } });
  });

  it('tells what is wrong with each field', () => {
    expect(readAddress(emptyDraft)).toEqual({
      mistakes: { name: 'missing', postalCode: 'postalCode', prefecture: 'missing', city: 'missing', line1: 'missing' },
    });
    expect(readAddress({ ...draft, line1: '  ' })).toEqual({ mistakes: { line1: 'missing' } });
  });

  it('is written from the large to the small in Japanese, the other way round in English', () => {
    const address = { ...draft, postalCode: '150-0001', city: '渋谷区', line2: 'コーポ101' };
    expect(addressLines('ja', address)).toEqual(['〒150-0001', '東京都渋谷区神宮前1-2-3', 'コーポ101']);
    expect(addressLines('en', address)).toEqual(['コーポ101, 神宮前1-2-3', '渋谷区, Tōkyō 150-0001']);
  });
});

describe('the prefectures', () => {
  it('are forty-seven, each in both scripts', () => {
    expect(new Set(prefectures.map(({ ja }) => ja)).size).toBe(47);
    for (const { ja, en } of prefectures) {
      expect(ja).toMatch(/[都道府県]$/);
      expect(en).toMatch(/^\p{Lu}\p{Ll}+$/u);
    }
  });

  it('are left as they are when they are none', () => {
    expect(romanise('東京')).toBe('東京');
  });
});
