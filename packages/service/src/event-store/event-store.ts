/**
 * Aggregates that are their events: a stream per aggregate, appended to and never changed. State is what the events add up to, a
 * snapshot only spares adding them all up, and every table to read from is a projection that can be thrown away and rebuilt
 * (projection.ts). Definitions only; postgres-store.ts keeps streams in the service's own database.
 */
import type { Queryable, Transaction } from '../database/database.ts';

/** What happened, in the past tense. `data` is JSON. */
export type DomainEvent = { readonly type: string; readonly data: object };

/** An event as it was stored. */
export type Recorded<Event extends DomainEvent> = Event & {
  readonly streamId: string;
  /** Its place in the stream, counted from 1 without gaps. */
  readonly version: number;
  /** When it was stored, to the millisecond. */
  readonly time: Date;
};

/** The state after the event `version`. */
export type Versioned<State> = { readonly state: State; readonly version: number };

/** Adds one event to a state; `undefined` is the state before the first. Pure: it must never fail or decide anything. */
export type Evolve<State, Event extends DomainEvent> = (state: State | undefined, event: Recorded<Event>) => State;

export type EventStoreOptions<State, Event extends DomainEvent> = {
  /**
   * Names of the tables, which the service's migrations create:
   *
   *     CREATE TABLE order_events (
   *       stream_id uuid, version integer, type text, data jsonb,
   *       time           timestamptz DEFAULT date_trunc('milliseconds', clock_timestamp()),
   *       transaction_id xid8        DEFAULT pg_current_xact_id(),
   *       PRIMARY KEY (stream_id, version));
   *     CREATE INDEX ON order_events (transaction_id, stream_id, version);
   *     CREATE TABLE order_snapshots (stream_id uuid PRIMARY KEY, version integer, shape integer, state jsonb);
   */
  readonly events: string;
  readonly snapshots: string;
  readonly evolve: Evolve<State, Event>;
  /** Reads a stored event, and is the place to lift what older programs wrote to today's form. Throws what it cannot read. */
  readonly parseEvent: (stored: { readonly type: string; readonly data: unknown }) => Event;
  /** Reads a stored state; states are JSON. */
  readonly parseState: (stored: unknown) => State;
  /** A snapshot is written whenever the stream has grown past a multiple of this. */
  readonly snapshotEvery: number;
  /** Raise it when `evolve` or the state's shape changes: snapshots of another shape are not read. */
  readonly stateShape: number;
};

/** At least one event for a stream as it was loaded; `undefined`: it is new. */
export type Addition<State, Event extends DomainEvent> = {
  readonly streamId: string;
  readonly loaded: Versioned<State> | undefined;
  readonly events: readonly Event[];
};

/** How far the log of all streams was read. Opaque: keep it as it is. */
export type LogPosition = string;

export interface EventStore<State, Event extends DomainEvent> {
  /** The present state; `undefined` when there is no such stream. */
  load(db: Queryable, streamId: string): Promise<Versioned<State> | undefined>;
  /** As `load`, of several streams: those that exist, by their id. */
  loadEach(db: Queryable, streamIds: readonly string[]): Promise<ReadonlyMap<string, Versioned<State>>>;
  /** The states of those streams that exist, in any order, added up from their first events. */
  loadAll(db: Queryable, streamIds: readonly string[]): Promise<Versioned<State>[]>;
  /** All events of a stream, the first one first; none when there is no such stream. */
  history(db: Queryable, streamId: string): Promise<Recorded<Event>[]>;
  /**
   * Appends at least one event to the stream as it was loaded (`undefined`: it is new) and resolves to the new state.
   * @throws ConcurrencyConflict when the stream has changed meanwhile; the transaction can then only be rolled back.
   */
  append(
    tx: Transaction,
    streamId: string,
    loaded: Versioned<State> | undefined,
    events: readonly Event[],
  ): Promise<Versioned<State>>;
  /**
   * Appends to several streams, each named once, and resolves to their new states, in order.
   * @throws ConcurrencyConflict when one of them has changed meanwhile; the transaction can then only be rolled back.
   */
  appendEach(tx: Transaction, additions: readonly Addition<State, Event>[]): Promise<Versioned<State>[]>;
  /** The state after `events`, which are a stream from its beginning. */
  fold(events: readonly Recorded<Event>[]): Versioned<State> | undefined;
  /**
   * Which streams have changed after `position` (`undefined`: ever), in the order of the log, at most `limit` events at once. Events of
   * transactions that may still commit come later: a reader that goes on from the position returned misses none.
   * @param settled pass true while holding `lock`: there are no such transactions then
   */
  changes(
    db: Queryable,
    position: LogPosition | undefined,
    limit: number,
    settled?: boolean,
  ): Promise<{ readonly streamIds: string[]; readonly events: number; readonly position: LogPosition | undefined }>;
  /** Keeps everybody from appending until `tx` ends; fails after `patienceMs` so that nobody queues up behind it for long. */
  lock(tx: Transaction, patienceMs: number): Promise<void>;
  /** How many events there are, in all streams. */
  count(db: Queryable): Promise<number>;
}

/** Somebody else appended to the stream in between. Loading it and deciding again is the remedy: `retryConflicts`. */
export class ConcurrencyConflict extends Error {
  readonly code = 'CONCURRENCY_CONFLICT';
  readonly streamId: string;

  constructor(streamId: string, version: number, options?: ErrorOptions) {
    super(`Stream ${streamId} has grown past version ${version} meanwhile.`, options);
    this.name = 'ConcurrencyConflict';
    this.streamId = streamId;
  }
}

const defaultAttempts = 5;

/** Runs `work`, which loads, decides and appends, again when somebody else was faster. Throws the last conflict. */
export async function retryConflicts<T>(work: () => Promise<T>, attempts = defaultAttempts): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConcurrencyConflict) || attempt >= attempts) throw error;
    }
  }
}
