/**
 * What a request is hashed by, as a DestinationRule's consistentHash says.
 */
import { randomUUID } from 'node:crypto';
import type { HashKey } from '../snapshot/cluster-policies.ts';
import type { BalancedRequest } from './balancer.ts';

/** Undefined when the request does not have it. A cookie with a lifetime that is missing is given to the caller, and counts at once. */
export function hashKeyOf(key: HashKey, request: BalancedRequest): string | undefined {
  request.affinity ??= read(key, request);
  return request.affinity;
}

function read(key: HashKey, request: BalancedRequest): string | undefined {
  switch (key.by) {
    case 'header':
      return request.header(key.name);
    case 'query':
      return request.query(key.name);
    case 'source-ip':
      return request.remoteAddress;
    case 'cookie':
      return cookieIn(request.header('cookie') ?? '', key.name) ?? (key.ttlMs === undefined ? undefined : given(key, request));
  }
}

function given({ name, path, ttlMs = 0 }: Extract<HashKey, { by: 'cookie' }>, request: BalancedRequest): string {
  const value = randomUUID();
  // Without a Max-Age it lasts as long as the browser's session, which is what a lifetime of zero means.
  const lifetime = ttlMs === 0 ? '' : `; Max-Age=${Math.ceil(ttlMs / 1000)}`;
  request.setCookie(`${name}=${value}${lifetime}${path === undefined ? '' : `; Path=${path}`}; HttpOnly`);
  return value;
}

function cookieIn(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const [own = '', ...value] = pair.split('=');
    if (own.trim() === name)
      return value
        .join('=')
        .trim()
        .replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
