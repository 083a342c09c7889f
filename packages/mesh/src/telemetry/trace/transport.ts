/**
 * How spans reach a receiver: one implementation for each protocol that receivers speak, each beside this file.
 */
import type { ServiceSpan } from './span.ts';

export interface SpanTransport {
  /** Resolves when the receiver has taken all of them. Rejects with `Refused` when it never will, with another error when it may later. */
  send(spans: readonly ServiceSpan[]): Promise<void>;
  /** Nothing is sent any more. */
  close(): void;
}

/** The receiver has read the spans and does not take them: it would not the next time. */
export class Refused extends Error {}

export interface ReceiverAddress {
  host: string;
  port: number;
}

/** Asked before each attempt, because Pods come and go. Undefined: there is none at the moment. */
export type FindReceiver = () => ReceiverAddress | undefined;

/** How long a receiver may take. */
export const timeoutMs = 5_000;

export function noReceiver(): Error {
  return new Error('the receiver has no ready endpoint');
}
