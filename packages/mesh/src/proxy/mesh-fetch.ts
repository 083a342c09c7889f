/**
 * Small documents by HTTP, for the proxy's own use: the keys of token issuers. Names of Services are found in the mesh; all others are
 * the system's to resolve.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { clusterKey } from '../snapshot/clusters.ts';
import { serviceOfHost } from '../snapshot/hosts.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import type { Upstreams } from './upstreams.ts';

const maxBytes = 1024 * 1024;

/** An endpoint of the Service that a name means in a namespace; undefined when it is no Service or has none. */
export type LocateService = (host: string, port: number, namespace: string) => Endpoint | undefined;

export function locateIn(upstreams: Pick<Upstreams, 'cluster'>): LocateService {
  return (host, port, namespace) => {
    const named = serviceOfHost(host, namespace);
    const endpoints = (named && upstreams.cluster(clusterKey(named, port))?.endpoints) ?? [];
    return endpoints[Math.floor(Math.random() * endpoints.length)];
  };
}

export interface FetchOptions {
  locate: LocateService;
  namespace: string;
  /** For the whole of it. */
  timeoutMs: number;
}

/** Resolves with the body of a response with status 200. Rejects, with a message that names the URL, when there is none in time. */
export async function fetchText(url: string, { locate, namespace, timeoutMs }: FetchOptions): Promise<string> {
  try {
    return await get(new URL(url), locate, namespace, AbortSignal.timeout(timeoutMs));
  } catch (cause) {
    throw new Error(`${url} cannot be fetched: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function get(url: URL, locate: LocateService, namespace: string, signal: AbortSignal): Promise<string> {
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  const endpoint = locate(url.hostname, port, namespace);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      host: endpoint?.address ?? url.hostname.replace(/^\[|\]$/g, ''),
      port: endpoint?.port ?? port,
      path: url.pathname + url.search,
      headers: { host: url.host, accept: 'application/json' },
      agent: false,
      signal,
    };
    const request = isTls ? httpsRequest({ ...options, servername: url.hostname }, resolve) : httpRequest(options, resolve);
    request.on('error', reject);
    request.end();
  });
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`it answers with status ${response.statusCode ?? 0}`);
  }
  return readAll(response);
}

async function readAll(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
