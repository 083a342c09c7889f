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
import type { FeedMessage } from './messages.ts';

/** A process that stands still (a debugger, a long computation) is cut off here, and comes again when it can. */
const unreadLimitBytes = 64 * 2 ** 20;

export class SnapshotServer {
  readonly #server: Server;
  readonly #followers = new Set<Socket>();
  #view: CallerView | undefined;

  constructor() {
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
    socket.once('close', () => this.#followers.delete(socket));
    // What followers say is read to notice when they go.
    socket.resume();
    if (this.#view !== undefined) this.#tell([socket], { type: 'snapshot', view: this.#view });
  }

  #tell(followers: Iterable<Socket>, message: FeedMessage): void {
    const line = `${JSON.stringify(message)}\n`;
    for (const socket of followers) {
      if (socket.writableLength > unreadLimitBytes) socket.destroy();
      else socket.write(line);
    }
  }
}
