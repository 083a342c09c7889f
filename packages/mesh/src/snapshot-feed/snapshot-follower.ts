/**
 * The client of the snapshot server: the latest snapshot, for as long as the process lives. Losing the server changes nothing about
 * what is in force, and nothing here keeps the process alive.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { diff, merge } from '../snapshot/diff.ts';
import type { CallerView } from '../snapshot/caller-view.ts';
import { LineReader } from './lines.ts';
import type { FeedMessage, FollowerMessage } from './messages.ts';

const firstRetryMs = 100;
const slowestRetryMs = 5_000;

export interface SnapshotFollower {
  /** Returns false when it is lost, because the server is. */
  tell(message: FollowerMessage): boolean;
}

/** `onServer` is called whenever a server has been found: it knows nothing of what was told before. */
export function followSnapshots(
  socketPath: string,
  apply: (view: CallerView) => void,
  onServer: () => void = () => undefined,
): SnapshotFollower {
  let current: Socket | undefined;
  let view: CallerView | undefined;
  let retryMs = firstRetryMs;

  const receive = (message: FeedMessage): void => {
    const patch = message.type === 'change' ? message.patch : view && diff(view, message.view);
    if (message.type === 'snapshot' && view === undefined) view = message.view;
    // After a reconnection much is as it was: what did not change stays the same object.
    else if (view !== undefined && patch !== undefined) view = merge(view, patch);
    else return;
    retryMs = firstRetryMs;
    apply(view);
  };

  const follow = (): void => {
    const socket = connect({ path: socketPath });
    const lines = new LineReader();
    current = socket;
    socket.unref();
    socket.once('connect', onServer);
    socket.on('data', (data) => {
      for (const line of lines.push(data)) receive(JSON.parse(line) as FeedMessage);
    });
    // Whatever it was, `close` follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      setTimeout(follow, retryMs).unref();
      retryMs = Math.min(slowestRetryMs, retryMs * 2);
    });
  };

  follow();
  return {
    tell(message) {
      if (current?.writable !== true) return false;
      current.write(`${JSON.stringify(message)}\n`);
      return true;
    },
  };
}
