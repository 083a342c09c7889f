/** Which group wants which topics: kept in the broker's database, so that publishers know groups that are away. */
import type { Db } from 'pg-boss';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Queryable } from '../../database/database.ts';
import { matchesTopic } from '../topic.ts';

/** Who wanted what when it was read. */
export type Router = {
  /** Groups whose topics match the event type. */
  readonly route: (eventType: string) => string[];
  /** The same as long as the table says the same. */
  readonly digest: string;
};

/** Of the whole table: a dozen rows or so. */
export const selectDigest = `SELECT coalesce(md5(string_agg(consumer || E'\\n' || topic, E'\\n' ORDER BY consumer, topic)), '') AS digest
  FROM hikyaku_bus.subscriptions`;

const Read = Type.Object({
  digest: Type.String(),
  rows: Type.Array(Type.Object({ consumer: Type.String(), topic: Type.String() })),
});

export async function createSubscriptionTable(db: Db): Promise<void> {
  // Services start together, and CREATE … IF NOT EXISTS alone fails when two race.
  await db.executeSql(`DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hikyaku.bus', 0));
    CREATE SCHEMA IF NOT EXISTS hikyaku_bus;
    CREATE TABLE IF NOT EXISTS hikyaku_bus.subscriptions (consumer text NOT NULL, topic text NOT NULL, PRIMARY KEY (consumer, topic));
  END $$`);
}

/** Replaces the topics of the group. */
export async function bind(db: Db, group: string, topics: readonly string[]): Promise<void> {
  await db.executeSql(
    `WITH gone AS (DELETE FROM hikyaku_bus.subscriptions WHERE consumer = $1 AND topic <> ALL($2::text[]))
     INSERT INTO hikyaku_bus.subscriptions (consumer, topic) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
    [group, topics],
  );
}

/** In one statement, so that the digest is that of these rows. */
export async function readRouter(database: Queryable): Promise<Router> {
  const read = await database.one(
    `SELECT digest, (SELECT coalesce(json_agg(s), '[]') FROM hikyaku_bus.subscriptions s) AS rows FROM (${selectDigest}) d`,
  );
  const { digest, rows } = Value.Parse(Read, read);
  // One answer for each type: there are few of them, and many events.
  const known = new Map<string, string[]>();
  const find = (eventType: string) => [
    ...new Set(rows.filter(({ topic }) => matchesTopic(topic, eventType)).map(({ consumer }) => consumer)),
  ];
  return {
    digest,
    route: (eventType) => {
      const groups = known.get(eventType) ?? find(eventType);
      known.set(eventType, groups);
      return groups;
    },
  };
}
