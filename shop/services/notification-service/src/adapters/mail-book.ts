/**
 * Mails in PostgreSQL: written, read by those they went to, and taken to be handed over.
 */
import { randomUUID } from 'node:crypto';
import type { Database, EventBus, Queryable, Row, Transaction } from '@hikyaku/service';
import type { MailQueue, Taken } from '../application/delivering.ts';
import type { Mail, Unit } from '../application/writing.ts';
import { type MailKind, mailKinds } from '../domain/news.ts';
import { publishing } from './events.ts';

export type MailState = 'queued' | 'sent' | 'refused';

/** A mail as its reader sees it. */
export interface KeptMail {
  id: string;
  kind: MailKind;
  /** The address. */
  to: string;
  subject: string;
  text: string;
  orderId: string;
  state: MailState;
  /** RFC 3339, UTC. */
  createdAt: string;
}

const addSql = `
  INSERT INTO mails (id, order_id, kind, user_id, to_name, to_address, subject, body, state)
  SELECT new.*, $9 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
           AS new (id, order_id, kind, user_id, to_name, to_address, subject, body) ORDER BY order_id, kind
  ON CONFLICT (order_id, kind) DO NOTHING RETURNING id`;

export function mailsIn(tx: Transaction): Pick<Unit, 'add'> {
  return {
    async add(mails, state) {
      const ids = mails.map(() => randomUUID());
      const columns = [
        ids,
        mails.map(({ orderId }) => orderId),
        mails.map(({ kind }) => kind),
        ...(['userId', 'name', 'address'] as const).map((name) => mails.map(({ to }) => to[name])),
        mails.map(({ subject }) => subject),
        mails.map(({ text }) => text),
      ];
      const added = new Set(await tx.query(addSql, [...columns, state], (row) => String(row.id)));
      return ids.map((id) => added.has(id));
    },
  };
}

const selectKept = 'SELECT id, kind, to_address, subject, body, order_id, state, created_at FROM mails';

export interface MailOfOrder {
  orderId: string;
  kind: MailKind;
}

export interface Mailbox {
  /** The newest first. */
  list(userId: string, limit: number): Promise<KeptMail[]>;
  find(userId: string, id: string): Promise<KeptMail | undefined>;
  /** Those that have not been written. */
  missing(mails: readonly MailOfOrder[]): Promise<MailOfOrder[]>;
}

export function mailbox(database: Queryable): Mailbox {
  return {
    list: (userId, limit) =>
      database.query(`${selectKept} WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2`, [userId, limit], readKept),
    find: (userId, id) => database.one(`${selectKept} WHERE user_id = $1 AND id = $2`, [userId, id], readKept),
    missing: (mails) =>
      database.query(
        `SELECT order_id, kind FROM unnest($1::uuid[], $2::text[]) AS wanted (order_id, kind)
          WHERE NOT EXISTS (SELECT FROM mails m WHERE m.order_id = wanted.order_id AND m.kind = wanted.kind)`,
        [mails.map(({ orderId }) => orderId), mails.map(({ kind }) => kind)],
        (row) => ({ orderId: String(row.order_id), kind: readKind(row.kind) }),
      ),
  };
}

/** Whoever takes a mail has it for `leaseMs`, doubled with each attempt up to ten minutes; it must be longer than handing over takes. */
export function mailQueue(database: Database, bus: EventBus, leaseMs: number): MailQueue {
  return {
    take: () =>
      database.one(
        `UPDATE mails SET attempts = attempts + 1,
                due_at = now() + least(interval '10 minutes', $1 * interval '1 millisecond' * 2 ^ least(attempts, 20))
          WHERE id = (SELECT id FROM mails WHERE state = 'queued' AND due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, order_id, kind, user_id, to_name, to_address, subject, body, attempts`,
        [leaseMs],
        readTaken,
      ),

    sent: (mail) =>
      database.transaction(async (tx) => {
        const noted = await tx.one(`UPDATE mails SET state = 'sent' WHERE id = $1 AND state = 'queued' RETURNING id`, [mail.id]);
        const { orderId, kind, to } = mail;
        if (noted) await publishing(tx, bus).publish({ userId: to.userId, orderId, kind });
      }),

    async refused({ id }: Mail, reason) {
      const sql = `UPDATE mails SET state = 'refused', reason = $2 WHERE id = $1 AND state = 'queued'`;
      await database.query(sql, [id, reason]);
    },
  };
}

function readKept(row: Row): KeptMail {
  return {
    id: String(row.id),
    kind: readKind(row.kind),
    to: String(row.to_address),
    subject: String(row.subject),
    text: String(row.body),
    orderId: String(row.order_id),
    state: readState(row.state),
    createdAt: row.created_at instanceof Date ? row.created_at.toISOString() : String(row.created_at),
  };
}

function readTaken(row: Row): Taken {
  return {
    id: String(row.id),
    orderId: String(row.order_id),
    kind: readKind(row.kind),
    to: { userId: String(row.user_id), name: String(row.to_name), address: String(row.to_address) },
    subject: String(row.subject),
    text: String(row.body),
    attempts: Number(row.attempts),
  };
}

function readKind(value: unknown): MailKind {
  const kind = mailKinds.find((known) => known === value);
  if (kind === undefined)
    throw new TypeError(`The database has a mail of kind ${String(value)}, which this version does not know.`);
  return kind;
}

function readState(value: unknown): MailState {
  if (value === 'queued' || value === 'sent' || value === 'refused') return value;
  throw new TypeError(`The database has a mail in state ${String(value)}, which this version does not know.`);
}
