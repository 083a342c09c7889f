/**
 * Counts the bytes of connections that are carried as bytes, also while they are open: one to a database lives as long as its client.
 */
import type { Socket } from 'node:net';
import type { TcpCounts } from './edges.ts';

interface Watched {
  socket: Socket;
  counts: TcpCounts;
  /** As far as they are in the counts. */
  bytesRead: number;
  bytesWritten: number;
}

export class TcpMeter {
  readonly #open = new Set<Watched>();

  /** `socket` is the caller's. */
  watch(socket: Socket, counts: TcpCounts): void {
    const watched = { socket, counts, bytesRead: 0, bytesWritten: 0 };
    counts.opened++;
    this.#open.add(watched);
    socket.once('close', () => {
      this.#open.delete(watched);
      settle(watched);
      counts.closed++;
    });
  }

  settle(): void {
    for (const watched of this.#open) settle(watched);
  }
}

function settle(watched: Watched): void {
  const { socket, counts } = watched;
  const { bytesRead, bytesWritten } = socket;
  counts.receivedBytes += bytesRead - watched.bytesRead;
  counts.sentBytes += bytesWritten - watched.bytesWritten;
  watched.bytesRead = bytesRead;
  watched.bytesWritten = bytesWritten;
}
