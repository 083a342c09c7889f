import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { snapshotTo } from '../testing/snapshots.ts';

const mesh = meshForEachTest();

test('server-sent events go through as they come, and the service learns that the listener has left', async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  await using backend = await startBackend((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    response.write('retry: 500\n\n');
    asked.resolve(response);
  });
  await mesh.proxy.apply(snapshotTo([backend], { retry: { attempts: 2, retryOn: ['reset', '5xx'], backoffMs: 1 } }));
  const request = get({ host: '127.0.0.1', port: mesh.port, path: '/api/orders/1/events', headers: { host: 'localhost' } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const next = async () => String(((await once(answer, 'data')) as [Buffer])[0]);
  expect(await next()).toBe('retry: 500\n\n');
  const stream = await asked.promise;
  for (const event of ['id: 1\ndata: 1\n\n', ':\n\n', 'id: 2\ndata: 2\n\n']) {
    const heard = next();
    stream.write(event);
    expect(await heard).toBe(event);
  }
  const left = once(stream, 'close');
  answer.on('error', () => undefined);
  request.destroy();
  await left;
});
