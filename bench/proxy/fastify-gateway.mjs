// The same gateway on Fastify. Arguments: own port, backend's port, services.
import process from 'node:process';
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [port, backendPort, services] = process.argv.slice(2);
const app = fastify();
for (const service of services.split(',')) {
  app.register(proxy, {
    upstream: `http://127.0.0.1:${backendPort}`,
    prefix: `/api/${service}`,
    rewritePrefix: `/api/${service}`,
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1' });
