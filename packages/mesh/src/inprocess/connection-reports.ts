/**
 * Connections carried as bytes that this process makes by itself, told to the proxy process, which counts all of them in one place: what has come
 * to it since the last time, once a second while there is something to tell.
 */
import type { Socket } from 'node:net';
import type { TcpCounts } from '../telemetry/edges.ts';
import { TcpMeter } from '../telemetry/tcp-meter.ts';
import type { ConnectionChange } from '../telemetry/telemetry.ts';
import type { DirectConnection } from './service-connections.ts';

const everyMs = 1_000;
const nothing: TcpCounts = { opened: 0, closed: 0, sentBytes: 0, receivedBytes: 0 };

interface Edge extends DirectConnection {
  /** As the caller sees it: what it has received is what was sent to it. */
  counts: TcpCounts;
  told: TcpCounts;
}

export class ConnectionReports {
  readonly #podIp: string;
  readonly #tell: (changes: ConnectionChange[]) => boolean;
  readonly #meter = new TcpMeter();
  readonly #edges = new Map<string, Edge>();
  #timer: NodeJS.Timeout | undefined;

  /** `tell` returns false when it was lost: what has come is told again. */
  constructor(podIp: string, tell: (changes: ConnectionChange[]) => boolean) {
    this.#podIp = podIp;
    this.#tell = tell;
  }

  /** Counted from when it is there; one that cannot be made is not. */
  watch(socket: Socket, connection: DirectConnection): void {
    const onConnect = () => {
      this.#meter.watch(socket, this.#edgeOf(connection).counts);
      this.#timer ??= setInterval(() => this.#report(), everyMs).unref();
    };
    // The same socket may be connected to somewhere else after this.
    socket.once('connect', onConnect).once('close', () => socket.off('connect', onConnect));
  }

  /** Who counts is another one now, or has forgotten: what is open has to be told again. */
  startOver(): void {
    for (const { told } of this.#edges.values()) told.opened = told.closed;
  }

  #edgeOf(connection: DirectConnection): Edge {
    const { cluster, endpoint } = connection;
    const key = `${cluster} ${endpoint.address}`;
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const edge = { ...connection, counts: { ...nothing }, told: { ...nothing } };
    this.#edges.set(key, edge);
    return edge;
  }

  #report(): void {
    this.#meter.settle();
    const changes = [...this.#edges.values()].flatMap((edge) => this.#changeOf(edge) ?? []);
    if (changes.length > 0 && !this.#tell(changes)) return;
    for (const { counts, told } of this.#edges.values()) Object.assign(told, counts);
    for (const [key, { counts }] of this.#edges) if (counts.opened === counts.closed) this.#edges.delete(key);
    if (this.#edges.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #changeOf({ cluster, endpoint, counts, told }: Edge): ConnectionChange | undefined {
    const change = {
      opened: counts.opened - told.opened,
      closed: counts.closed - told.closed,
      sentBytes: counts.receivedBytes - told.receivedBytes,
      receivedBytes: counts.sentBytes - told.sentBytes,
    };
    if (Object.values(change).every((count) => count === 0)) return undefined;
    return { remoteAddress: this.#podIp, cluster, upstream: { address: endpoint.address }, ...change };
  }
}
