/**
 * The service's own PostgreSQL database, as the rest of a service sees it. The interfaces only; pool.ts implements
 * them. Not an ORM: SQL in, rows out, and the caller says what a row looks like.
 */

/** Values that may be bound to `$1`, `$2`, … Objects and arrays are the driver's business: pass JSON as text. */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null | readonly string[] | readonly number[];

/** A row as the driver returns it: column name → value. */
export type Row = Record<string, unknown>;

export interface Queryable {
  /**
   * Runs one statement and returns its rows, each through `parse` when it is given.
   * A unique violation and the like is the driver's error with its SQLSTATE in `code`.
   */
  query(sql: string, params?: readonly SqlValue[]): Promise<Row[]>;
  query<T>(sql: string, params: readonly SqlValue[], parse: (row: Row) => T): Promise<T[]>;
  /** The first row, or `undefined` when there is none. */
  one(sql: string, params?: readonly SqlValue[]): Promise<Row | undefined>;
  one<T>(sql: string, params: readonly SqlValue[], parse: (row: Row) => T): Promise<T | undefined>;
}

/** Statements on one connection between BEGIN and COMMIT. One that comes after its function has returned, or failed, is refused. */
export interface Transaction extends Queryable {
  readonly kind: 'transaction';
  /**
   * Runs a statement whose rows nobody needs, and does not wait for it: it costs no round trip of its own. When it fails, so does the
   * transaction, with its error.
   */
  send(sql: string, params?: readonly SqlValue[]): void;
  /** Runs `callback` before the next statement, or COMMIT: for sending what is collected until then as one statement. It must not throw. */
  beforeNext(callback: () => void): void;
  /**
   * Runs `callback` after COMMIT; never when the transaction fails, nor when the process ends in between: for waking what looks by itself
   * sooner or later. It must not throw.
   */
  afterCommit(callback: () => void): void;
}

export interface Database extends Queryable {
  /**
   * Runs `work` in a transaction: commits when it resolves, rolls back when it throws. A serialization failure or
   * deadlock (40001, 40P01) runs `work` again, up to three times, so `work` must not have effects elsewhere.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}
