/** Which group wants which topics: kept in the broker's database, so that publishers know groups that are away. */
import type { Db } from 'pg-boss';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { matchesTopic } from '../topic.ts';

/** Groups whose topics match the event type. */
export type Router = (eventType: string) => string[];

const Rows = Type.Array(Type.Object({ consumer: Type.String(), topic: Type.String() }));

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

export async function readRouter(db: Db): Promise<Router> {
  const { rows } = await db.executeSql('SELECT consumer, topic FROM hikyaku_bus.subscriptions');
  const subscriptions = Value.Parse(Rows, rows);
  return (eventType) => [
    ...new Set(subscriptions.filter(({ topic }) => matchesTopic(topic, eventType)).map(({ consumer }) => consumer)),
  ];
}
