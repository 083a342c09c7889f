/**
 * Counts the messages of gRPC calls, also while they are under way: a stream lives as long as its caller.
 */
import type { MessageCounts } from './edges.ts';
import type { RequestRecord } from './request-record.ts';

export class MessageMeter {
  /** Calls under way, with how much of theirs has been counted. */
  readonly #open = new Map<RequestRecord, MessageCounts>();
  readonly #countsOf: (record: RequestRecord) => MessageCounts;

  /** `countsOf` finds what a call is counted on, which is known once it has reached an endpoint, or is over. */
  constructor(countsOf: (record: RequestRecord) => MessageCounts) {
    this.#countsOf = countsOf;
  }

  watch(record: RequestRecord): void {
    this.#open.set(record, { requests: 0, responses: 0 });
  }

  finish(record: RequestRecord): void {
    this.#count(record);
    this.#open.delete(record);
  }

  settle(): void {
    for (const record of this.#open.keys()) if (record.upstream !== undefined) this.#count(record);
  }

  #count(record: RequestRecord): void {
    const counted = this.#open.get(record);
    const { messages } = record;
    if (counted === undefined || messages === undefined) return;
    const counts = this.#countsOf(record);
    counts.requests += messages.requests.count - counted.requests;
    counts.responses += messages.responses.count - counted.responses;
    counted.requests = messages.requests.count;
    counted.responses = messages.responses.count;
  }
}
