/**
 * How one endpoint is reached: the one place that knows which protocols there are. Which one a request takes depends on the cluster, and
 * where that leaves it open on the request: by what its caller speaks, and for whom an encrypted connection has to be.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Deadlines } from '../http/deadlines.ts';
import { keepAlive, StreamedSocket } from '../http/dial.ts';
import type { ReadSocket } from '../http/dial.ts';
import { connectDirect } from '../http/direct-socket.ts';
import { combinedField } from '../http/fields.ts';
import { Http1Transport } from '../http/http1-transport.ts';
import { refusedStream } from '../http/refused-stream.ts';
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from '../http/transport.ts';
import { Http2Transport } from '../http2/http2-transport.ts';
import type { Pool } from '../resilience/pool.ts';
import { parseAuthority } from '../routing/authority.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import { originationFor } from '../tls/origination.ts';
import type { TlsTarget } from '../tls/origination.ts';

export interface TransportsOptions extends Pick<Endpoint, 'address' | 'port'> {
  protocol: Cluster['protocol'];
  tls: Cluster['tls'];
  deadlines: Deadlines;
  pool: Pool;
}

type Protocol = 'http1' | 'http2';

/** Names come from callers: whoever makes them up must not fill the memory with connections. */
const serverNameLimit = 64;

export class Transports implements Transport {
  readonly #options: TransportsOptions;
  /** Of nearly all endpoints, the only one. */
  #usual: Transport | undefined;
  /** By protocol and server name; the least recently made first. */
  readonly #others = new Map<string, Transport>();

  constructor(options: TransportsOptions) {
    this.#options = options;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const { tls, protocol, pool } = this.#options;
    const usual: Protocol = protocol ?? 'http1';
    if (tls === undefined && pool.policy.useClientProtocol !== true)
      return (this.#usual ??= this.#make(usual, undefined)).open(request, events);
    const unprepared = this.#prepare();
    if (unprepared !== undefined) return refusedStream(events, unprepared);
    const spoken = pool.policy.useClientProtocol === true ? (request.callerProtocol ?? usual) : usual;
    return this.#otherFor(spoken, tls?.sni === undefined ? serverNameOf(request) : undefined).open(request, events);
  }

  retire(): void {
    this.#usual?.retire();
    for (const transport of this.#others.values()) transport.retire();
  }

  /** A connection that carries bytes, still connecting. Throws when there is nothing to encrypt it with. */
  connect(): Socket {
    if (this.#options.tls !== undefined) originationFor(this.#options.tls).prepare();
    return this.#dial({ protocols: [], allowHalfOpen: true });
  }

  #prepare(): Error | undefined {
    const { tls } = this.#options;
    try {
      if (tls !== undefined) originationFor(tls).prepare();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #otherFor(protocol: Protocol, serverName: string | undefined): Transport {
    const key = this.#options.tls === undefined ? protocol : `${protocol} ${serverName ?? ''}`;
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#others;
    if (oldest !== undefined && this.#others.size >= serverNameLimit) {
      this.#others.delete(oldest[0]);
      oldest[1].retire();
    }
    const made = this.#make(protocol, serverName);
    this.#others.set(key, made);
    return made;
  }

  #make(protocol: Protocol, serverName: string | undefined): Transport {
    const { tls, deadlines, pool } = this.#options;
    const isHttp2 = protocol === 'http2';
    const wanted = { protocols: [isHttp2 ? 'h2' : 'http/1.1'], serverName };
    if (!isHttp2) return new Http1Transport({ dial: () => this.#dialToRead(wanted), deadlines, pool });
    return new Http2Transport({
      dial: () => this.#dial(wanted),
      deadlines,
      pool,
      scheme: tls === undefined ? 'http' : 'https',
    });
  }

  #dial(wanted: Wanted): Socket {
    const { address, port, tls } = this.#options;
    if (tls !== undefined) return this.#kept(originationFor(tls).connect({ address, port, ...wanted }));
    return this.#kept(connect({ host: address, port, noDelay: true, allowHalfOpen: wanted.allowHalfOpen === true }));
  }

  #dialToRead(wanted: Wanted): ReadSocket {
    const { address, port, tls } = this.#options;
    if (tls !== undefined) return new StreamedSocket(this.#dial(wanted));
    const direct = connectDirect({ host: address, port, noDelay: true });
    this.#kept(direct.socket);
    return direct;
  }

  #kept(socket: Socket): Socket {
    const { tcpKeepalive } = this.#options.pool.policy;
    if (tcpKeepalive !== undefined) keepAlive(socket, tcpKeepalive);
    return socket;
  }
}

type Wanted = Omit<TlsTarget, 'address' | 'port'>;

/** Whom the request is for, as Envoy's `auto_sni` has it. */
function serverNameOf({ fields }: OutgoingRequest): string | undefined {
  return parseAuthority(combinedField(fields, 'host') ?? '')?.host.replace(/^\[|\]$/g, '');
}
