import { describe, expect, it } from 'vitest';
import { StateFeed } from './state-feed.ts';
import type { WorkloadState } from './workload.ts';

const state = (phase: WorkloadState['phase']): WorkloadState => ({ name: 'web', namespace: 'shop', phase, ready: 0, wanted: 1 });
const isReady = (states: WorkloadState[]): boolean => states.some(({ phase }) => phase === 'ready');

describe('waiting for a state', () => {
  it('ends when the state comes, and at once when it is there already', async () => {
    const feed = new StateFeed();
    const { signal } = new AbortController();
    const waiting = feed.until(isReady, signal);
    feed.update([state('starting')]);
    feed.update([state('ready')]);
    await waiting;
    await feed.until(isReady, signal);
  });

  it('ends when nobody wants to wait any more, also when that was so from the start', async () => {
    const feed = new StateFeed();
    const stop = new AbortController();
    const waiting = feed.until(isReady, stop.signal);
    stop.abort();
    await waiting;
    await feed.until(isReady, stop.signal);
    expect(stop.signal.aborted).toBe(true);
  });
});
