/**
 * What the supervisor and its proxy process say to each other over IPC. Both ends are the same version of the same program, so a
 * message is told by its `type` alone.
 */
import type { Patch } from '../snapshot/diff.ts';
import type { PortFailure } from '../proxy/more-gateway-ports.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** What a proxy process is started with, as JSON on its command line. */
export interface ProxyArguments {
  /** 0 lets the system choose. */
  gatewayPort: number;
  /** Likewise; opened when there is something to serve over TLS. */
  gatewayTlsPort?: number;
  /** Likewise; absent: no statistics are served. */
  statsPort?: number;
  /** Where processes that carry their own calls are served snapshots; absent: nowhere. */
  snapshotSocket?: string;
  /** Where the access log is written when the configuration asks for one. */
  accessLogFile?: string;
}

export type ToProxy =
  /** The first thing a proxy process is sent; also opens the gateway. */
  | { type: 'snapshot'; version: number; snapshot: Snapshot }
  /** What makes the snapshot of this version of the one sent before. */
  | { type: 'change'; version: number; patch: Patch }
  /** Drain and exit. */
  | { type: 'stop' };

export type FromProxy =
  | { type: 'listening'; port: number; statsPort?: number }
  /** A port cannot be had; the process exits after this. */
  | { type: 'failed'; code: string; message: string }
  /** Told again when a port that was taken has been had. */
  | { type: 'applied'; version: number; warnings: string[]; gatewayTlsPort?: number; portFailures: readonly PortFailure[] }
  /** Trouble that is no matter of the snapshot: a disk that is full, a receiver that is away. */
  | { type: 'trouble'; message: string };

export function isToProxy(message: unknown): message is ToProxy {
  return hasType(message, ['snapshot', 'change', 'stop']);
}

export function isFromProxy(message: unknown): message is FromProxy {
  return hasType(message, ['listening', 'failed', 'applied', 'trouble']);
}

function hasType(message: unknown, types: readonly string[]): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && types.includes(String(message.type));
}
