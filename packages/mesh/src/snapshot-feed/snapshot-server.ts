/**
 * Serves the snapshot to the Node processes that carry their own calls (inprocess/), on a Unix socket that only this user can open:
 * the whole to whoever comes, and from there on what changes.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { callerView } from '../snapshot/caller-view.ts';
import type { CallerView } from '../snapshot/caller-view.ts';
import { diff } from '../snapshot/diff.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { LineReader } from './lines.ts';
import type { FeedMessage, FollowerMessage } from './messages.ts';
import { OpenConnections } from './open-connections.ts';

/** A process that stands still (a debugger, a long computation) is cut off here, and comes again when it can. */
const unreadLimitBytes = 64 * 2 ** 20;

/** Who counts what followers have carried: mostly the proxy's telemetry. */
export interface Counting extends Pick<Telemetry, 'count' | 'countConnections'> {
  clusters: Pick<Telemetry['clusters'], 'tell' | 'gone'>;
}

export class SnapshotServer {
  readonly #server: Server;
  readonly #followers = new Set<Socket>();
  readonly #counting: Counting;
  #view: CallerView | undefined;

  constructor(counting: Counting) {
    this.#counting = counting;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Replaces what an earlier run has left at the path. Rejects with the system's error. */
  async listen(path: string): Promise<void> {
    await rm(path, { force: true });
    this.#server.listen(path);
    await once(this.#server, 'listening');
    await chmod(path, 0o600);
  }

  publish(snapshot: Snapshot): void {
    const before = this.#view;
    this.#view = callerView(snapshot);
    const patch = before && diff(before, this.#view);
    if (before === undefined) this.#tell(this.#followers, { type: 'snapshot', view: this.#view });
    else if (patch !== undefined) this.#tell(this.#followers, { type: 'change', patch });
  }

  /** Those that follow go on with what they have. */
  close(): void {
    this.#server.close();
    for (const socket of this.#followers) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#followers.add(socket);
    socket.on('error', () => undefined);
    const open = new OpenConnections();
    socket.once('close', () => {
      this.#followers.delete(socket);
      for (const change of open.closed()) this.#counting.countConnections(change);
      this.#counting.clusters.gone(socket);
    });
    const lines = new LineReader();
    socket.on('data', (data) => {
      for (const line of lines.push(data)) if (!this.#understands(line, socket, open)) socket.destroy();
    });
    if (this.#view !== undefined) this.#tell([socket], { type: 'snapshot', view: this.#view });
  }

  /** False for what no follower says: somebody else has found the socket. */
  #understands(line: string, follower: Socket, open: OpenConnections): boolean {
    try {
      return this.#hear(line, follower, open);
    } catch {
      // It begins like a message, and has something else in it than can be counted.
      return false;
    }
  }

  #hear(line: string, follower: Socket, open: OpenConnections): boolean {
    const message = parseMessage(line);
    if (message?.type === 'finished') for (const request of message.requests) this.#counting.count(request);
    if (message?.type === 'connections') {
      for (const change of message.changes) {
        open.add(change);
        this.#counting.countConnections(change);
      }
    }
    if (message?.type === 'clusters') this.#counting.clusters.tell(follower, message);
    return message !== undefined;
  }

  #tell(followers: Iterable<Socket>, message: FeedMessage): void {
    const line = `${JSON.stringify(message)}\n`;
    for (const socket of followers) {
      if (socket.writableLength > unreadLimitBytes) socket.destroy();
      else socket.write(line);
    }
  }
}

function parseMessage(line: string): FollowerMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isFollowerMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isFollowerMessage(message: unknown): message is FollowerMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  if (message.type === 'finished') return 'requests' in message && Array.isArray(message.requests);
  if (message.type === 'connections') return 'changes' in message && Array.isArray(message.changes);
  return (
    message.type === 'clusters' && 'clusters' in message && typeof message.clusters === 'object' && message.clusters !== null
  );
}
