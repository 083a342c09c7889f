/**
 * What the snapshot server says to those who follow it, one JSON text a line. Both ends are the same version of the same program.
 */
import type { CallerView } from '../snapshot/caller-view.ts';
import type { Patch } from '../snapshot/diff.ts';

export type FeedMessage =
  /** The first thing that comes. */
  | { type: 'snapshot'; view: CallerView }
  /** What makes the next view of the one before. */
  | { type: 'change'; patch: Patch };
