import type { HttpRule } from '@hikyaku/resources';
import { expect, test } from 'vitest';
import { service } from '../testing/resources.ts';
import { compileAction } from './route-action.ts';
import type { RouteAction } from './snapshot.ts';

function compiled(rule: HttpRule): { action: RouteAction | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const services = new Map([['default/web', service('web')]]);
  const context = { gateway: 'mesh', namespace: 'default', port: 80, services, warn: (text: string) => warnings.push(text) };
  return { action: compileAction(rule, context), warnings };
}

const route = [{ destination: { host: 'web' } }];

test.each<[string, HttpRule, object]>([
  ['a redirect', { redirect: {} }, { kind: 'redirect', status: 301 }],
  [
    'a redirect with everything',
    { redirect: { uri: '/a b', authority: 'x', scheme: 'https', redirectCode: 308, port: 8443 } },
    { kind: 'redirect', status: 308, uri: '/a%20b', authority: 'x', scheme: 'https', port: 8443 },
  ],
  [
    'a redirect to the port of the request',
    { redirect: { derivePort: 'FROM_REQUEST_PORT' } },
    { kind: 'redirect', status: 301, derivePort: 'FROM_REQUEST_PORT' },
  ],
  ['an answer', { directResponse: { status: 503, body: { string: 'no' } } }, { kind: 'respond', status: 503, body: 'no' }],
  [
    'an answer in bytes',
    { directResponse: { status: 200, body: { bytes: 'AAEC' } } },
    { kind: 'respond', status: 200, base64: 'AAEC' },
  ],
  [
    'a rewrite by pattern',
    { route, rewrite: { uriRegexRewrite: { match: '^/a/(.*)', rewrite: '/茶/\\1' } } },
    { rewrite: { uriRegex: { match: '^/a/(.*)', substitution: '/%E8%8C%B6/\\1' } } },
  ],
  ['retries with nothing said', { route, retries: { attempts: 5 } }, { retry: { attempts: 5 } }],
  ['retries turned off', { route, retries: { attempts: 0 } }, { retry: { attempts: 0 } }],
  [
    'retries with everything',
    {
      route,
      timeout: '0s',
      retries: {
        attempts: 3,
        perTryTimeout: '250ms',
        retryOn: ' 5xx, 429,,reset ',
        backoff: '1s',
        retryIgnorePreviousHosts: false,
        retryRemoteLocalities: true,
      },
    },
    {
      retry: {
        attempts: 3,
        perTryTimeoutMs: 250,
        retryOn: ['5xx', '429', 'reset'],
        backoffMs: 1000,
        mayRepeatEndpoints: true,
        mayLeaveLocality: true,
      },
    },
  ],
])('%s', (_, rule, expected) => {
  const { action, warnings } = compiled(rule);
  expect(action).toMatchObject(expected);
  expect(action).not.toHaveProperty('timeoutMs');
  expect(warnings).toEqual([]);
});

test.each([
  ['(', '/x', /^rewrite\.uriRegexRewrite: "\(" is not RE2: .*the path is left alone$/],
  ['/(a)', '/\\2', /^rewrite\.uriRegexRewrite: \\2 names a group that \/\(a\) does not have; the path is left alone$/],
])('a rewrite of %j to %j leaves the path alone, which is said', (match, rewrite, warning) => {
  const { action, warnings } = compiled({ route, rewrite: { uriRegexRewrite: { match, rewrite } } });
  expect(action).not.toHaveProperty('rewrite');
  expect(warnings).toEqual([expect.stringMatching(warning)]);
});
