import { expect, test } from 'vitest';
import { portProtocol } from './protocol.ts';

test.each([
  [{ name: 'http' }, 'http'],
  [{ name: 'http-api' }, 'http'],
  [{ name: 'HTTP2-api' }, 'http2'],
  [{ name: 'grpc' }, 'http2'],
  [{ name: 'grpc-orders' }, 'http2'],
  [{ name: 'grpc-web-orders' }, 'http2'],
  [{ name: 'grpcweb' }, 'tcp'],
  [{ name: 'https' }, 'tcp'],
  [{ name: 'postgres' }, 'tcp'],
  [{}, 'tcp'],
  [{ name: 'http', appProtocol: 'grpc' }, 'http2'],
  [{ name: 'web', appProtocol: 'kubernetes.io/h2c' }, 'http2'],
  [{ name: 'web', appProtocol: 'kubernetes.io/ws' }, 'http'],
  [{ name: 'http', appProtocol: 'kubernetes.io/wss' }, 'tcp'],
  [{ name: 'http', appProtocol: 'http-api' }, 'tcp'],
])('%j speaks %s', (port, protocol) => {
  expect(portProtocol({ port: 80, ...port })).toBe(protocol);
});
