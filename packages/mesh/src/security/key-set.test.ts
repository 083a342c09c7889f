import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createIssuer } from '../testing/policies.ts';
import type { Issuer } from '../testing/policies.ts';
import { KeySet } from './key-set.ts';
import type { FetchText } from './key-set.ts';

let old: Issuer;
let rotated: Issuer;

beforeAll(async () => {
  old = await createIssuer('https://id.test', 'old');
  rotated = await createIssuer('https://id.test', 'new');
});

/** A key set at a URL whose content, failures and clock are in the test's hands. */
function fetched(kind: 'jwks' | 'discovery' = 'jwks') {
  const site = { nowMs: 0, answers: new Map<string, string>(), asked: [] as string[] };
  const fetchText: FetchText = (url) => {
    site.asked.push(url);
    const text = site.answers.get(url);
    return text === undefined ? Promise.reject(new Error(`${url} cannot be fetched`)) : Promise.resolve(text);
  };
  const onChange = vi.fn();
  const source = { kind, url: 'http://id/keys', namespace: 'default', timeoutMs: 5_000 } as const;
  const keys = new KeySet({ source, fetchText, onChange, now: () => site.nowMs });
  const get = (kid: string) => keys.getKey({ alg: 'ES256', kid }, { payload: '', signature: '' });
  return { site, get, onChange };
}

describe('keys at a URL', () => {
  test('are fetched with the first token, once for all who wait', async () => {
    const { site, get } = fetched();
    site.answers.set('http://id/keys', old.jwks);
    await Promise.all([get('old'), get('old'), get('old')]);
    await get('old');
    expect(site.asked).toHaveLength(1);
  });

  test('are found through the issuer’s OpenID configuration', async () => {
    const { site, get } = fetched('discovery');
    site.answers.set('http://id/keys', JSON.stringify({ jwks_uri: 'http://id/found' }));
    site.answers.set('http://id/found', old.jwks);
    await get('old');
    expect(site.asked).toEqual(['http://id/keys', 'http://id/found']);
  });

  test('are fetched again for a key nobody has, but not for every made-up one', async () => {
    const { site, get, onChange } = fetched();
    site.answers.set('http://id/keys', old.jwks);
    await get('old');
    site.answers.set('http://id/keys', rotated.jwks);
    await expect(get('new')).rejects.toThrow(/no applicable key/);
    expect(site.asked).toHaveLength(1);
    site.nowMs = 30_001;
    await get('new');
    expect(onChange).toHaveBeenCalledOnce();
    for (const kid of ['a', 'b', 'c']) await expect(get(kid)).rejects.toThrow(/no applicable key/);
    expect(site.asked).toHaveLength(2);
  });

  test('are fetched again after 20 minutes, while the old ones are used', async () => {
    const { site, get } = fetched();
    site.answers.set('http://id/keys', old.jwks);
    await get('old');
    site.nowMs = 20 * 60_000 + 1;
    await get('old');
    await vi.waitFor(() => expect(site.asked).toHaveLength(2));
  });

  test('stay in use when the issuer cannot be reached any more', async () => {
    const { site, get } = fetched();
    site.answers.set('http://id/keys', old.jwks);
    await get('old');
    site.answers.clear();
    site.nowMs = 20 * 60_000 + 1;
    await get('old');
    await vi.waitFor(() => expect(site.asked).toHaveLength(2));
    await get('old');
  });

  test('are asked for less and less often while they cannot be had', async () => {
    const { site, get } = fetched();
    for (let second = 0; second < 60; second++) {
      site.nowMs = second * 1_000;
      await expect(get('old')).rejects.toThrow();
    }
    // At 0, 1, 3, 7, 15, 31 s.
    expect(site.asked).toHaveLength(6);
    site.answers.set('http://id/keys', old.jwks);
    site.nowMs = 120_000;
    await get('old');
  });

  test('that are no key set are an error, not a crash', async () => {
    const { site, get } = fetched();
    site.answers.set('http://id/keys', '{"keys":"none"}');
    await expect(get('old')).rejects.toThrow(/no JSON Web Key Set/);
  });
});
