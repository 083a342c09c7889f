import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStorefront } from './storefront.ts';

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
let storefront: Awaited<ReturnType<typeof createStorefront>>;
let url: string;

beforeAll(async () => {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../../../scripts/build-web.ts')]);
  storefront = await createStorefront({ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'fatal', DRAIN_DELAY_MS: '0' });
  ({ url } = await storefront.start());
});
afterAll(async () => storefront.close());

const get = (path: string, headers: Record<string, string> = browser) => fetch(url + path, { headers });

describe('the storefront', () => {
  it.each(['/', '/products/tea', '/orders/1?x=2'])('answers every address of the page with the page: %s', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(await answer.text()).toContain('<div id="app">');
  });

  it('lets the page run and call nothing but this origin', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('serves what the page refers to, compressed, to be kept for ever', async () => {
    const page = await (await get('/')).text();
    const paths = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(paths).toHaveLength(3);
    for (const path of paths) {
      const { status, headers } = await get(path, { 'accept-encoding': 'br' });
      expect([path, status, headers.get('content-encoding')]).toEqual([path, 200, 'br']);
      expect(headers.get('cache-control')).toContain('immutable');
    }
  });

  it('weighs less than 60 kB', async () => {
    const page = await (await get('/')).text();
    const sizes = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(async ([, path = '']) => {
      const { headers } = await get(path, { 'accept-encoding': 'gzip' });
      return Number(headers.get('content-length'));
    });
    const sizeBytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(sizeBytes).toBeGreaterThan(0);
    expect(sizeBytes).toBeLessThan(60_000);
  });

  it.each([
    ['/assets/none.js', browser],
    ['/favicon.png', { accept: 'image/png' }],
    ['/api/nothing', { accept: 'application/json' }],
    ['/api/anything', { accept: '*/*' }],
  ])('says in a problem that there is no %s', async (path, headers) => {
    const answer = await get(path, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('application/problem+json'),
    ]);
  });

  it('serves nothing from outside its folder', async () => {
    const answer = await get('/assets/..%2f..%2fpackage.json');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toContain('dependencies');
  });
});
