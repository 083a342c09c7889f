/**
 * Transactions that are asked for at the same time become one: one BEGIN, one COMMIT, one wait for the disk. For short work that many do at once, each on
 * rows of its own, as requests that enter something new.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { combine } from './combine.ts';
import type { Database, Transaction } from './database.ts';

type Work = (tx: Transaction) => Promise<void>;

const sharing = new WeakMap<Database, (work: Work) => Promise<void>>();

/**
 * As `database.transaction`, but `tx` may be that of others, too, whose statements come in between; what one locks is locked until all are through. When one
 * fails, each is done again in a transaction of its own.
 */
export async function sharedTransaction<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  let done: { readonly value: T } | undefined;
  const share = sharing.get(database) ?? createSharing(database);
  sharing.set(database, share);
  // Each in its own context, which is that of its trace.
  await share(
    AsyncLocalStorage.bind(async (tx: Transaction) => {
      done = { value: await work(tx) };
    }),
  );
  if (!done) throw new TypeError('a transaction was committed without its work');
  return done.value;
}

function createSharing(database: Database): (work: Work) => Promise<void> {
  return combine((works: readonly Work[]) =>
    database.transaction(async (tx) => {
      // All are through before it ends: a statement that came later would be none of this transaction's.
      const settled = await Promise.allSettled(works.map((work) => work(tx)));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
      return works.map(() => undefined);
    }),
  );
}
