import { describe, expect, test, vi } from 'vitest';
import { parseRequestHead } from '../../http/request-head.ts';
import { defaultJson, defaultText } from '../../snapshot/telemetry/access-log-formats.ts';
import { flag } from '../response-flags.ts';
import type { LogEntry } from './entry.ts';
import { compileFilter } from './filter.ts';
import { compileFormat } from './format.ts';

function entry(change: Partial<LogEntry> = {}, target = '/orders?state=open'): LogEntry {
  const fields =
    'Host: shop.test\r\nUser-Agent: curl/8\r\nAuthorization: Bearer s3cret\r\nCookie: sid=s3cret\r\nX-Name: \xe9\r\n';
  return {
    head: parseRequestHead(`GET ${target} HTTP/1.1\r\n${fields}\r\n`),
    status: 200,
    flags: 0,
    reason: undefined,
    detail: undefined,
    route: 'VirtualService shop/shop, rule 1',
    cluster: 'order-service.shop:8080',
    upstream: { address: '127.16.0.4', port: 8080 },
    attempts: 1,
    requestBytes: 0,
    responseBytes: 42,
    responseFields: ['Content-Type', 'application/json', 'Set-Cookie', 'sid=s3cret'],
    grpcStatus: undefined,
    requestId: 'made-here',
    remoteAddress: '127.0.0.1',
    hop: { traceId: 'abc', spanId: 'def' },
    durationMs: 12.4,
    responseMs: 11.6,
    startedAt: new Date('2026-11-21T12:00:00.123Z'),
    ...change,
  };
}

const line = (text: string, given = entry()) => compileFormat({ kind: 'text', text }, () => undefined)(given);

test('Istio’s default text', () => {
  expect(compileFormat(defaultText, () => undefined)(entry())).toBe(
    '[2026-11-21T12:00:00.123Z] "GET /orders?state=open HTTP/1.1" 200 - via_upstream - "-" 0 42 12 12 "-" "curl/8" "made-here" "shop.test" ' +
      '"127.16.0.4:8080" order-service.shop:8080 - - 127.0.0.1 - VirtualService shop/shop, rule 1\n',
  );
});

test('Istio’s default JSON keeps numbers and says null', () => {
  const failed = entry({ status: 503, flags: flag('UH'), reason: 'no_endpoint', upstream: undefined });
  expect(JSON.parse(compileFormat(defaultJson, () => undefined)(failed))).toMatchObject({
    method: 'GET',
    response_code: 503,
    response_flags: 'UH',
    response_code_details: 'no_endpoint',
    bytes_sent: 42,
    duration: 12,
    upstream_host: null,
    upstream_service_time: null,
  });
});

test.each([
  ['%REQ(X-REQUEST-ID)%', 'made-here'],
  ['%REQ(X-MISSING?USER-AGENT)%', 'curl/8'],
  ['%REQ(USER-AGENT):4%', 'curl'],
  ['%REQ_WITHOUT_QUERY(:PATH)%', '/orders'],
  ['%RESP(content-type)%', 'application/json'],
  ['%START_TIME(%s.%3f)%', '1795262400.123'],
  ['%TRACE_ID% 100 %%', 'abc 100 %'],
  ['%REQ(X-NAME)%', '\ufffd'],
])('%s', (text, expected) => {
  expect(line(text)).toBe(`${expected}\n`);
});

describe('what must not be logged', () => {
  test('credentials in fields are not, whoever asks', () => {
    const format = '%REQ(AUTHORIZATION)% %REQ(Cookie)% %RESP(Set-Cookie)% %REQ(X-Missing?Authorization)%';
    expect(line(format)).toBe('- - - -\n');
  });

  test.each([
    ['/cb?code=s3cret&state=1', '/cb?code=***&state=1'],
    ['/x?access_token=s3cret', '/x?access_token=***'],
    ['/x?a=1&X-Amz-Signature=s3cret', '/x?a=1&X-Amz-Signature=***'],
    ['/x?pass%77ord=s3cret', '/x?pass%77ord=***'],
    ['/x?q=token&monkey=1', '/x?q=token&monkey=1'],
    ['/x?broken%zz=1&token=s3cret', '/x?broken%zz=1&token=***'],
  ])('values of secret parameters are not: %s', (target, expected) => {
    expect(line('%REQ(:PATH)%', entry({}, target))).toBe(`${expected}\n`);
  });

  test('a header cannot begin a line of its own in JSON', () => {
    const quoted = entry({ requestId: '"}\n{"forged":"' });
    expect(compileFormat(defaultJson, () => undefined)(quoted).split('\n')).toHaveLength(2);
  });
});

test('an operator that is not served is named, once when the format is compiled', () => {
  const warn = vi.fn();
  const format = compileFormat({ kind: 'json', fields: { a: { b: '%NO_SUCH%' }, c: 'x%PROTOCOL%' } }, warn);
  expect(JSON.parse(format(entry()))).toEqual({ a: { b: null }, c: 'xHTTP/1.1' });
  expect(warn).toHaveBeenCalledExactlyOnceWith('the access log operator %NO_SUCH% is not served: it is - in every line');
});

describe('a filter', () => {
  test.each([
    ['response.code >= 400', { status: 404 }, true],
    ['response.code >= 400', { status: 200 }, false],
    ['response.code in [500, 503] || response.flags != 0', { status: 200, flags: flag('DC') }, true],
    ['request.url_path.startsWith("/orders") && request.method == "GET"', {}, true],
    ['request.headers["user-agent"].contains("kube-probe")', {}, false],
    ['has(response.grpc_status) && response.grpc_status > 0', { grpcStatus: 14 }, true],
    ['!has(response.grpc_status)', {}, true],
    ['request.headers["missing"] == "1"', {}, false],
    ['connection.mtls', {}, false],
  ])('%s of %j is %s', async (expression, change, passes) => {
    expect((await compileFilter(expression))(entry(change))).toBe(passes);
  });

  test.each(['response.code >=', 'respose.code > 1'])('that cannot be read is refused: %s', async (expression) => {
    await expect(compileFilter(expression)).rejects.toThrow(expression);
  });
});
