/**
 * The SQL behind the store: objects as they are now, the log of changes that led there, and who owns whom.
 * It knows rows and versions; what a write means (generation, deletion, admission) is decided in `store.ts`.
 *
 * Durability: in WAL mode with `synchronous = NORMAL` a committed transaction is in the kernel's hands when COMMIT returns, so it
 * survives the death of this process in any form (kill -9 included). Only a crash of the machine itself may lose the last commits,
 * and even that leaves the file consistent (https://sqlite.org/pragma.html#pragma_synchronous).
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Resource } from '@hikyaku/resources';

/** Where an object is kept: `resource` is `plural.group`, or only `plural` in the core group; no namespace is `''`. */
export interface ObjectKey {
  resource: string;
  namespace: string;
  name: string;
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One line of the log: `text` is the object's JSON after the change, or its last state when the change deleted it. */
export interface LoggedChange extends ObjectKey {
  type: ChangeType;
  version: number;
  text: string;
}

export interface ObjectRow extends ObjectKey {
  uid: string;
  text: string;
}

/** The log keeps at least this many changes; watchers that come from further back have to list again. */
const historyLength = 10_000;

const tables = `
  CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID, STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS objects_uid ON objects (uid);
  CREATE TABLE IF NOT EXISTS owners (owner TEXT NOT NULL, uid TEXT NOT NULL, PRIMARY KEY (owner, uid)) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS owners_uid ON owners (uid);
  CREATE TABLE IF NOT EXISTS changes (
    version INTEGER PRIMARY KEY, type TEXT NOT NULL,
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL) STRICT;
`;

export type Database = ReturnType<typeof openDatabase>;

/** Opens or creates the file (mode 0600) and takes it for this process alone; throws when another process has it. */
export function openDatabase(file: string) {
  const database = openExclusively(file);
  const prepared = prepareStatements(database);
  const firstAndLast = () => prepared.span.get() as unknown as { first: number | null; last: number | null };
  return {
    /** The version of the newest change ever made; 0 when there was none. */
    lastVersion: () => firstAndLast().last ?? 0,
    /** Versions at or after this one can be watched from. */
    oldestWatchableVersion: () => (firstAndLast().first ?? 1) - 1,
    get: (key: ObjectKey) => prepared.get.get(key.resource, key.namespace, key.name) as unknown as ObjectRow | undefined,
    byUid: (uid: string) => prepared.byUid.get(uid) as unknown as ObjectRow | undefined,
    list: (resource: string, namespace?: string) =>
      (namespace === undefined
        ? prepared.list.all(resource)
        : prepared.listIn.all(resource, namespace)) as unknown as ObjectRow[],
    dependants: (uid: string) => prepared.dependants.all(uid) as unknown as ObjectRow[],
    changesAfter: (version: number, resource: string) => prepared.after.all(version, resource) as unknown as LoggedChange[],
    put(change: LoggedChange, object: Resource): void {
      prepared.put.run(change.resource, change.namespace, change.name, object.metadata.uid ?? '', change.text);
      replaceOwners(prepared, object);
      log(prepared, change);
    },
    remove(change: LoggedChange, uid: string): void {
      prepared.remove.run(change.resource, change.namespace, change.name);
      prepared.forgetOwners.run(uid);
      log(prepared, change);
    },
    /** Runs `work` in one transaction: all of its writes or, when it throws or `keep` is false, none. */
    transaction<T>(work: () => T, keep: boolean): T {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec(keep ? 'COMMIT' : 'ROLLBACK');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

function openExclusively(file: string): DatabaseSync {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(tables);
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes('database is locked')) {
      throw new Error(`${file} is in use by another hikyaku; only one can run on the same state`, { cause: error });
    }
    throw error;
  }
}

type Prepared = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DatabaseSync) {
  const columns = 'resource, namespace, name, uid, text';
  return {
    span: database.prepare('SELECT min(version) AS first, max(version) AS last FROM changes'),
    get: database.prepare(`SELECT ${columns} FROM objects WHERE resource = ? AND namespace = ? AND name = ?`),
    byUid: database.prepare(`SELECT ${columns} FROM objects WHERE uid = ?`),
    list: database.prepare(`SELECT ${columns} FROM objects WHERE resource = ? ORDER BY namespace, name`),
    listIn: database.prepare(`SELECT ${columns} FROM objects WHERE resource = ? AND namespace = ? ORDER BY name`),
    dependants: database.prepare(`SELECT ${columns} FROM objects WHERE uid IN (SELECT uid FROM owners WHERE owner = ?)`),
    after: database.prepare('SELECT * FROM changes WHERE version > ? AND resource = ? ORDER BY version'),
    put: database.prepare(`INSERT OR REPLACE INTO objects (${columns}) VALUES (?, ?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?'),
    addOwner: database.prepare('INSERT OR IGNORE INTO owners (owner, uid) VALUES (?, ?)'),
    forgetOwners: database.prepare('DELETE FROM owners WHERE uid = ?'),
    log: database.prepare('INSERT INTO changes (version, type, resource, namespace, name, text) VALUES (?, ?, ?, ?, ?, ?)'),
    compact: database.prepare('DELETE FROM changes WHERE version <= ?'),
  };
}

function replaceOwners(prepared: Prepared, { metadata }: Resource): void {
  const uid = metadata.uid ?? '';
  prepared.forgetOwners.run(uid);
  for (const owner of metadata.ownerReferences ?? []) prepared.addOwner.run(owner.uid, uid);
}

function log(prepared: Prepared, change: LoggedChange): void {
  prepared.log.run(change.version, change.type, change.resource, change.namespace, change.name, change.text);
  // Once in a thousand writes is often enough to bound the file, and cheap enough to do inside the write.
  if (change.version % 1000 === 0) prepared.compact.run(change.version - historyLength);
}
