import type { HttpRule } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { service } from '../testing/resources.ts';
import { compilePolicies } from './policies.ts';
import type { RoutePolicies } from './route-policies.ts';

function compiled(rule: HttpRule): { policies: RoutePolicies | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const services = new Map(['web', 'copy'].map((name) => [`default/${name}`, service(name)]));
  const context = { gateway: 'mesh', namespace: 'default', port: 80, services, warn: (text: string) => warnings.push(text) };
  return { policies: compilePolicies(rule, context), warnings };
}

test('a rule that asks for nothing has no policies', () => {
  expect(compiled({ route: [{ destination: { host: 'web' } }] })).toEqual({ policies: undefined, warnings: [] });
});

describe('a fault', () => {
  test.each<[string, HttpRule['fault'], RoutePolicies['fault'], string[]]>([
    [
      'delays a share',
      { delay: { fixedDelay: '1.5s', percentage: { value: 0.1 } } },
      { delay: { durationMs: 1500, percent: 0.1 } },
      [],
    ],
    [
      'delays by the deprecated field, which is said',
      { delay: { fixedDelay: '1s', percent: 25 } },
      { delay: { durationMs: 1000, percent: 25 } },
      ['fault.delay.percent is deprecated, percentage.value is its name now'],
    ],
    [
      'delays nobody without a percentage, which is said',
      { delay: { fixedDelay: '1s' } },
      undefined,
      ['fault.delay has no percentage, so no request is delayed'],
    ],
    ['delays nobody at 0 %', { delay: { fixedDelay: '1s', percentage: { value: 0 } } }, undefined, []],
    ['aborts a share', { abort: { httpStatus: 503, percentage: { value: 50 } } }, { abort: { status: 503, percent: 50 } }, []],
    [
      'aborts nobody without a percentage, which is said',
      { abort: { httpStatus: 503 } },
      undefined,
      ['fault.abort has no percentage, so no request is aborted'],
    ],
    [
      'aborts gRPC calls with their own status',
      { abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 100 } } },
      { abort: { status: 503, grpcStatus: 14, percent: 100 } },
      [],
    ],
    [
      'with a gRPC status nobody knows does nothing, which is said',
      { abort: { grpcStatus: '14', percentage: { value: 100 } } },
      undefined,
      ['fault.abort.grpcStatus "14" is no gRPC status, so no request is aborted'],
    ],
    [
      'may do both',
      { delay: { fixedDelay: '5ms', percentage: { value: 1 } }, abort: { httpStatus: 400, percentage: { value: 200 } } },
      { delay: { durationMs: 5, percent: 1 }, abort: { status: 400, percent: 100 } },
      [],
    ],
  ])('%s', (_, fault, expected, warnings) => {
    expect(compiled({ ...(fault && { fault }) })).toEqual({ policies: expected && { fault: expected }, warnings });
  });
});

describe('mirrors', () => {
  const mirror = { host: 'copy', subset: 'v2' };
  test.each<[string, HttpRule, RoutePolicies['mirrors'], string[]]>([
    ['a mirror takes everything', { mirror }, [{ cluster: 'copy.default:80/v2', percent: 100 }], []],
    [
      'a mirror takes a share',
      { mirror, mirrorPercentage: { value: 0.5 } },
      [{ cluster: 'copy.default:80/v2', percent: 0.5 }],
      [],
    ],
    [
      'mirrorPercent is deprecated',
      { mirror, mirrorPercent: 10 },
      [{ cluster: 'copy.default:80/v2', percent: 10 }],
      ['mirrorPercent is deprecated, mirrorPercentage.value is its name now'],
    ],
    [
      'so is mirror_percent',
      { mirror, mirror_percent: 0 },
      undefined,
      ['mirror_percent is deprecated, mirrorPercentage.value is its name now'],
    ],
    [
      'there may be several',
      { mirrors: [{ destination: { host: 'copy' } }, { destination: { host: 'web' }, percentage: { value: 5 } }] },
      [
        { cluster: 'copy.default:80', percent: 100 },
        { cluster: 'web.default:80', percent: 5 },
      ],
      [],
    ],
    [
      'one that leads nowhere is said',
      { mirror: { host: 'nobody' } },
      [{ cluster: 'nobody:80', percent: 100 }],
      ['destination host nobody is no Service'],
    ],
  ])('%s', (_, rule, expected, warnings) => {
    expect(compiled(rule)).toEqual({ policies: expected && { mirrors: expected }, warnings });
  });
});

describe('a CORS policy', () => {
  const closed = { allowOrigins: [], allowCredentials: false, unmatchedPreflights: 'FORWARD' };

  test('has its fields ready to be sent', () => {
    const corsPolicy = {
      allowOrigins: [
        { exact: 'https://shop.example' },
        { prefix: 'http://localhost:' },
        { regex: 'https://.*\\.shop\\.example' },
      ],
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['x-a', 'x-b'],
      exposeHeaders: ['x-c'],
      maxAge: '24h',
      allowCredentials: true,
      unmatchedPreflights: 'IGNORE' as const,
    };
    expect(compiled({ corsPolicy })).toEqual({
      policies: {
        cors: {
          allowOrigins: corsPolicy.allowOrigins,
          allowMethods: 'GET,POST',
          allowHeaders: 'x-a,x-b',
          exposeHeaders: 'x-c',
          maxAge: '86400',
          allowCredentials: true,
          unmatchedPreflights: 'IGNORE',
        },
      },
      warnings: [],
    });
  });

  test('without origins allows nobody', () => {
    expect(compiled({ corsPolicy: {} })).toEqual({ policies: { cors: closed }, warnings: [] });
  });

  test('reads the deprecated origins where there are no others', () => {
    const warnings = ['corsPolicy.allowOrigin is deprecated, allowOrigins is its name now'];
    expect(compiled({ corsPolicy: { allowOrigin: ['*'] } })).toEqual({
      policies: { cors: { ...closed, allowOrigins: [{ exact: '*' }] } },
      warnings,
    });
    expect(compiled({ corsPolicy: { allowOrigin: ['*'], allowOrigins: [{ exact: 'https://a' }] } })).toEqual({
      policies: { cors: { ...closed, allowOrigins: [{ exact: 'https://a' }] } },
      warnings,
    });
  });

  test('an origin that cannot be read allows nobody, which is said', () => {
    expect(compiled({ corsPolicy: { allowOrigins: [{ regex: '(' }] } })).toEqual({
      policies: { cors: closed },
      warnings: [expect.stringContaining('corsPolicy.allowOrigins: the regular expression "(" is not RE2')],
    });
  });
});
