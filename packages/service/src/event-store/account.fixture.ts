/** A small aggregate for the tests beside: a savings account, and a table of balances made from it. */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Database, Queryable } from '../database/database.ts';
import type { EventStore, Versioned } from './event-store.ts';
import { createEventStore } from './postgres-store.ts';

export type Account = { readonly id: string; readonly balance: number; readonly movements: number };
export type AccountEvent = { readonly type: 'Deposited' | 'Withdrawn'; readonly data: { readonly amount: number } };

const Stored = Type.Object({
  type: Type.Union([Type.Literal('Deposited'), Type.Literal('Withdrawn')]),
  data: Type.Object({ amount: Type.Integer() }),
});
const State = Type.Object({ id: Type.String(), balance: Type.Integer(), movements: Type.Integer() });

export const deposited = (amount: number): AccountEvent => ({ type: 'Deposited', data: { amount } });
export const withdrawn = (amount: number): AccountEvent => ({ type: 'Withdrawn', data: { amount } });

export function accounts(options: { snapshotEvery: number; stateShape?: number }): EventStore<Account, AccountEvent> {
  return createEventStore<Account, AccountEvent>({
    events: 'account_events',
    snapshots: 'account_snapshots',
    evolve: (state, { streamId, type, data: { amount } }) => ({
      id: streamId,
      balance: (state?.balance ?? 0) + (type === 'Deposited' ? amount : -amount),
      movements: (state?.movements ?? 0) + 1,
    }),
    parseEvent: (stored) => Value.Parse(Stored, stored),
    parseState: (stored) => Value.Parse(State, stored),
    stateShape: 1,
    ...options,
  });
}

export async function createTables(database: Database): Promise<void> {
  await database.query(`
    CREATE TABLE account_events (
      stream_id uuid, version integer, type text NOT NULL, data jsonb NOT NULL,
      time timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
      transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
      PRIMARY KEY (stream_id, version));
    CREATE INDEX ON account_events (transaction_id, stream_id, version);
    CREATE TABLE account_snapshots (stream_id uuid PRIMARY KEY, version integer, shape integer, state jsonb);
    CREATE TABLE balances (id uuid PRIMARY KEY, version integer NOT NULL, balance integer NOT NULL);
    CREATE INDEX ON balances (balance)`);
}

export async function writeBalances(db: Queryable, schema: string, states: readonly Versioned<Account>[]): Promise<void> {
  const rows = states.map(({ state: { id, balance }, version }) => ({ id, version, balance }));
  await db.query(
    `INSERT INTO ${schema}.balances AS b SELECT * FROM jsonb_populate_recordset(NULL::${schema}.balances, $1)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, balance = excluded.balance WHERE b.version < excluded.version`,
    [JSON.stringify(rows)],
  );
}
