/**
 * The storefront service: hands out the page that `scripts/build-web.ts` built. It has no data and no API of its own; the page
 * calls the other services through the gateway, at the same origin. Every address of the page is the same document: the browser
 * decides what it shows.
 */
import fastifyStatic from '@fastify/static';
import { createService, problem, Type } from '@hikyaku/service';
import { securityHeaders } from './security-headers.ts';

const built = new URL('../dist/', import.meta.url);

/** Wired, not started. */
export async function createStorefront(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({ name: 'storefront', version: '0.1.0', config: {}, env });
  const { http } = service;
  await http.register(fastifyStatic, { root: built, serve: false, preCompressed: true });

  const file = { schema: { hide: true, params: Type.Object({ file: Type.String() }) } };
  // Named by their content: the same name is the same file for ever.
  http.get('/assets/:file', file, ({ params }, reply) =>
    reply.sendFile(`assets/${params.file}`, { maxAge: '1y', immutable: true }),
  );

  http.get('/*', { schema: { hide: true } }, ({ headers: { accept = '' }, url }, reply) => {
    // Below /api the gateway has found no service: a caller of the API wants to be told, whatever it accepts.
    const isPage = !url.startsWith('/api/') && (accept.includes('text/html') || accept === '*/*');
    if (!isPage) throw problem(404, { detail: `there is nothing at ${url}` });
    // Asked for anew each time (it is small), so that a new build reaches everybody at once.
    return reply.headers(securityHeaders).sendFile('index.html', { cacheControl: false });
  });
  return service;
}
