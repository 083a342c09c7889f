import { expect, test } from 'vitest';
import { describePortFailure } from './port-failures.ts';

const known = { gatewayPort: 8080, gatewayTlsPort: 8443, holderOf: (port: number) => `node (pid ${port})` };

test.each([
  [9000, 'EADDRINUSE', 'port 9000 is taken by node (pid 9000)'],
  ['tls' as const, 'EADDRINUSE', 'port 8443 is taken by node (pid 8443), --gateway-tls-port chooses another'],
  [
    8080,
    'EADDRINUSE',
    'port 8080 is taken by the gateway itself, which serves the lowest port of plain HTTP there; --gateway-port moves that one',
  ],
  [
    8443,
    'EADDRINUSE',
    'port 8443 is taken by the gateway itself, which serves the lowest port of TLS there; --gateway-tls-port moves that one',
  ],
  [81, 'EACCES', 'port 81 cannot be had without root, because it is below 1024'],
  ['127.9.9.9:80' as const, 'EACCES', '127.9.9.9:80 cannot be had without root, because the port is below 1024'],
  ['127.9.9.9:80' as const, 'EADDRINUSE', '127.9.9.9:80 is taken'],
  [9000, 'EMFILE', 'port 9000 cannot be had: too many open files'],
])('%s, %s: %s', (place, code, expected) => {
  expect(describePortFailure({ place, code, message: 'too many open files' }, known)).toBe(expected);
});

test('whose holder nobody knows is taken all the same', () => {
  const failure = { place: 9000, code: 'EADDRINUSE', message: '' };
  expect(describePortFailure(failure, { gatewayPort: 8080, gatewayTlsPort: undefined })).toBe('port 9000 is taken');
});
