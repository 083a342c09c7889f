import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { explain, explainField } from './explain.ts';
import { formatDateTime, formatElapsed, formatYen } from './format.ts';
import { catalogues, chooseLocale, hasMessage, message } from './messages.ts';

const marks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([mark]) => mark).toSorted();

describe('messages', () => {
  it('exist in both languages, with the same values put in', () => {
    expect(Object.keys(catalogues.ja).toSorted()).toEqual(Object.keys(catalogues.en).toSorted());
    for (const key of Object.keys(catalogues.en).filter(hasMessage)) {
      expect(marks(catalogues.ja[key]), key).toEqual(marks(catalogues.en[key]));
      expect(catalogues.ja[key].trim(), key).not.toBe('');
    }
  });

  it('take their values', () => {
    expect(message('en', 'catalogue.page', { page: 2, pages: 4 })).toBe('Page 2 of 4');
    expect(message('ja', 'catalogue.page', { page: 2, pages: 4 })).toBe('4ページ中2ページ目');
  });

  it('show a missing value rather than hide it', () => {
    expect(message('en', 'catalogue.count')).toBe('{count} products');
  });

  it('do not mistake what every object has for a message', () => {
    expect(hasMessage('toString')).toBe(false);
  });
});

describe('the language', () => {
  it.each([
    [['ja-JP', 'en'], 'ja'],
    [['de-DE', 'ja'], 'ja'],
    [['en-GB'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('for a browser set to %j is %s', (languages, expected) => {
    expect(chooseLocale(languages)).toBe(expected);
  });
});

describe('money', () => {
  it.each([
    [0, '¥0'],
    [980, '¥980'],
    [1234, '¥1,234'],
    [1_234_567, '¥1,234,567'],
    [-500, '−¥500'],
  ])('%i yen is %s', (yen, expected) => {
    expect(formatYen(yen)).toBe(expected);
  });
});

describe('time', () => {
  it('is shown in the way of the language, and not at all when unreadable', () => {
    expect(formatDateTime('ja', '2026-11-21T12:00:00Z')).toContain('2026/11/21');
    expect(formatDateTime('en', '2026-11-21T12:00:00Z')).toContain('Nov 21, 2026');
    expect(formatDateTime('en', 'yesterday')).toBe('');
  });

  it('that passed is in milliseconds, then in seconds', () => {
    expect(formatElapsed('2026-11-21T12:00:00.000Z', '2026-11-21T12:00:00.340Z')).toBe('340 ms');
    expect(formatElapsed('2026-11-21T12:00:00.000Z', '2026-11-21T12:00:02.400Z')).toBe('2.4 s');
    expect(formatElapsed('2026-11-21T12:00:00.000Z', undefined)).toBe('');
  });
});

describe('an error in words', () => {
  it("is the service's own detail, or its title", () => {
    expect(explain('en', new ApiError(422, { problem: { title: 'Unprocessable', detail: 'Only two left.' } }))).toBe(
      'Only two left.',
    );
    expect(explain('en', new ApiError(422, { problem: { title: 'Unprocessable' } }))).toBe('Unprocessable');
    expect(explain('en', new ApiError(418, {}))).toContain('418');
  });

  it('does not repeat what a service in trouble says about its insides', () => {
    const text = explain('ja', new ApiError(503, { problem: { detail: 'database: waiting for postgres:5432' } }));
    expect(text).toBe(message('ja', 'error.unavailable'));
  });

  it('is ours when nobody answered', () => {
    expect(explain('ja', new ApiError(0, { failure: 'offline' }))).toBe(message('ja', 'error.offline'));
  });

  it('finds the field it is about', () => {
    const error = new ApiError(400, { problem: { errors: [{ pointer: '#/email', detail: 'must be an address' }] } });
    expect(explainField('en', error, '/email')).toBe('must be an address');
    expect(explainField('ja', error, '/email')).toBe(message('ja', 'error.field'));
    expect(explainField('en', error, '/name')).toBeUndefined();
    expect(explainField('en', new Error('other'), '/name')).toBeUndefined();
  });

  it('is in the language of the page where its code is known', () => {
    const errors = [{ pointer: '#/number', detail: 'The card has expired.' }];
    const error = new ApiError(422, { problem: { type: 'urn:shop:problem:expired_card', detail: 'expired', errors } });
    expect(explain('ja', error)).toBe(message('ja', 'problem.expired_card'));
    expect(explainField('ja', error, '/number')).toBe(message('ja', 'problem.expired_card'));
    const unknown = new ApiError(422, { problem: { type: 'urn:shop:problem:new_thing', detail: 'Something new.' } });
    expect(explain('ja', unknown)).toBe('Something new.');
  });
});
