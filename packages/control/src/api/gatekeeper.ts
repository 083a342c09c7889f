/**
 * Who may speak to the API. It listens on loopback only; what remains is the browser on the same machine: a page that a name server
 * points at 127.0.0.1 (told by its Host), or any page that sends requests across origins (told by its Origin). Both are refused,
 * whatever token they bring. Everybody else needs the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ResourceError } from '@hikyaku/resources';

/** What anybody may ask: whether the server is up. */
const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version']);
const allowedHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|kubernetes(\.default(\.svc(\.cluster\.local)?)?)?)(:\d+)?$/i;

/** Throws `Forbidden` or `Unauthorized` for a request that must not be answered. */
export function createGatekeeper(token: string): (request: IncomingMessage) => void {
  const expected = digest(`Bearer ${token}`);
  return ({ headers, url = '/' }) => {
    if (!allowedHost.test(headers.host ?? ''))
      throw new ResourceError('Forbidden', 'the Host of the request is not one of this server');
    if (headers.origin !== undefined) throw new ResourceError('Forbidden', 'requests from web pages are not answered');
    if (openPaths.has(url.split('?', 1)[0] ?? '')) return;
    // Digests have the same length, which timingSafeEqual needs, and tell nothing of the token's.
    if (!timingSafeEqual(digest(headers.authorization ?? ''), expected)) {
      throw new ResourceError('Unauthorized', 'a bearer token is needed; it is in the kubeconfig of this hikyaku');
    }
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
