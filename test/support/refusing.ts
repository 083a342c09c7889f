/** Stands before a service and passes everything on, but for what it is told to refuse: with a 403, as one does who has another opinion of the request. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface Refusing {
  readonly url: string;
  /** From now on requests whose `METHOD /path` matches are refused; `undefined`: none. */
  refuse(pattern: RegExp | undefined): void;
  stop(): Promise<void>;
}

export async function startRefusing(target: string): Promise<Refusing> {
  let refused: RegExp | undefined;
  const server = createServer((incoming, outgoing) => {
    if (refused?.test(`${incoming.method ?? ''} ${incoming.url ?? ''}`)) refuse(incoming, outgoing);
    else passOn(target, incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // What a server that listens on a TCP port gives.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refuse: (pattern) => (refused = pattern),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(403, { 'content-type': 'application/problem+json' });
  outgoing.end(JSON.stringify({ type: 'about:blank', title: 'Forbidden', status: 403 }));
}

/** When either side breaks, the other one sees it. */
function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url = '', headers } = incoming;
  const onward = request(new URL(url, target), { method: method ?? 'GET', headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, outgoing, () => undefined);
  });
  onward.on('error', () => outgoing.destroy());
  pipeline(incoming, onward, () => undefined);
}
