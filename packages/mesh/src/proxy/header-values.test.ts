/** Values of header fields with Envoy's command operators, as a service and its caller see them. */
import { afterEach, expect, test } from 'vitest';
import { send, startBackend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
afterEach(() => proxy.close(0));

const formats = (values: Record<string, string>) =>
  Object.entries(values).map(([name, format]): [string, { format: string }] => [name, { format }]);

test.each<[string, string | RegExp | undefined]>([
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '127.0.0.1'],
  ['%PROTOCOL%', 'HTTP/1.1'],
  ['%REQ(:METHOD)% %REQ(:PATH)%', 'GET /tea?token=t'],
  ['%REQ(X-NONE?X-SENT)%', 'one'],
  ['%REQ(AUTHORIZATION)%', 'Bearer secret'],
  ['<%REQ(X-NONE)%>', '<>'],
  ['%REQ(X-NONE)%', undefined],
  ['%START_TIME%', /^\d{4}-\d\d-\d\dT.*Z$/],
  ['%ROUTE_NAME%', 'route /'],
  ['%UPSTREAM_CLUSTER%', 'web.default:80'],
  ['100%% of %PROTOCOL%', '100% of HTTP/1.1'],
])('a request is given %s', async (format, expected) => {
  await using backend = await startBackend((request, response) => response.end(JSON.stringify(request.headers)));
  const snapshot = snapshotTo([backend]);
  const changes = { remove: [], set: formats({ 'x-given': format }), add: [] };
  for (const host of snapshot.virtualHosts) for (const route of host.routes) route.headers = { request: changes };
  proxy = new MeshProxy({ gatewayPort: 0 });
  const port = await proxy.listen();
  await proxy.apply(snapshot);
  const headers = { 'x-sent': 'one', authorization: 'Bearer secret' };
  const seen = (await send(port, '/tea?token=t', { headers })).json() as Record<string, string>;
  if (expected instanceof RegExp) expect(seen['x-given']).toMatch(expected);
  else expect(seen['x-given']).toBe(expected);
});

test('a response is given what is known then, and keeps what would become nothing', async () => {
  await using backend = await startBackend((_, response) =>
    response.setHeader('x-kept', 'yes').setHeader('x-a', 'A').writeHead(201).end(),
  );
  const snapshot = snapshotTo([backend]);
  const set = formats({
    'x-code': '%RESPONSE_CODE%',
    'x-host': '%UPSTREAM_HOST%',
    'x-copy': '%RESP(X-A)%',
    'x-kept': '%RESP(X-NONE)%',
  });
  for (const host of snapshot.virtualHosts)
    for (const route of host.routes) route.headers = { response: { remove: [], set, add: [] } };
  proxy = new MeshProxy({ gatewayPort: 0 });
  const port = await proxy.listen();
  await proxy.apply(snapshot);
  expect((await send(port, '/')).headers).toMatchObject({
    'x-code': '201',
    'x-host': `127.0.0.1:${backend.port}`,
    'x-copy': 'A',
    'x-kept': 'yes',
  });
});
