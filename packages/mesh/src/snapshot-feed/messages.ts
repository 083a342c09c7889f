/**
 * What the snapshot server and those who follow it say to each other, one JSON text a line. Both ends are the same version of the same
 * program, of one user.
 */
import type { CallerView } from '../snapshot/caller-view.ts';
import type { Patch } from '../snapshot/diff.ts';
import type { Told } from '../telemetry/clusters/cluster-stats.ts';
import type { ConnectionChange, FinishedRequest } from '../telemetry/telemetry.ts';

export type FeedMessage =
  /** The first thing that comes. */
  | { type: 'snapshot'; view: CallerView }
  /** What makes the next view of the one before. */
  | { type: 'change'; patch: Patch };

export type FollowerMessage =
  /** Requests that the follower has carried by itself, to be counted with all others. */
  | { type: 'finished'; requests: FinishedRequest[] }
  /** What has come to the connections that it has made by itself. */
  | { type: 'connections'; changes: ConnectionChange[] }
  /** How the clusters that it carries requests to are doing. */
  | ({ type: 'clusters' } & Told);
