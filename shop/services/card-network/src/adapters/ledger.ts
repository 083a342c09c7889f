/** The network's books in PostgreSQL, by the statements of ledger-statements.ts. */
import { randomBytes, randomUUID } from 'node:crypto';
import { combine, type Database, type Row } from '@hikyaku/service';
import { behaviourOf, type CardBehaviour } from '../domain/card.ts';
import { changes, type Operation, type Payment, type PaymentState } from '../domain/payment.ts';
import { applySql, authorizeSql, registerSql } from './ledger-statements.ts';

export interface Authorization {
  key: string;
  card: string;
  amountYen: number;
  returnUrl?: string;
}

/** What came of asking for an authorisation; `isNew` when this call made the booking. */
export interface Authorized {
  payment: Payment;
  isNew: boolean;
  answers: CardBehaviour['answers'];
}

export interface Ledger {
  /** The network's name for the card. The number itself is forgotten here. */
  register(digits: string): Promise<string>;
  /** `unknown_card`: there is no such card. `key_reused`: the key was used for another card or amount. */
  authorize(wish: Authorization): Promise<Authorized | 'unknown_card' | 'key_reused'>;
  /** The payment as it stands afterwards. An operation that does not apply changes nothing. Undefined when there is no such payment. */
  apply(operation: Operation, key: string): Promise<Payment | undefined>;
  find(key: string): Promise<Payment | undefined>;
  findByAuthentication(id: string): Promise<Payment | undefined>;
}

export interface LedgerOptions {
  database: Database;
  /** Delays of the deliveries of this event's webhook, in milliseconds. None when nobody listens. */
  plan: (event: string) => readonly number[];
  /** Told of the delays of a webhook that may have been noted. */
  onWebhook: (delaysMs: readonly number[]) => void;
}

/** An operation that someone asks for, on one payment. */
interface Asked {
  operation: Operation;
  key: string;
}

export function ledger({ database, plan, onWebhook }: LedgerOptions): Ledger {
  const books = writingTogether({ database, plan, onWebhook });
  const find = (key: string) => database.one('SELECT * FROM payments WHERE key = $1', [key], readPayment);
  return {
    find,

    findByAuthentication: (id) => database.one('SELECT * FROM payments WHERE authentication_id = $1', [id], readPayment),

    async register(digits) {
      const reference = `card_${randomUUID()}`;
      await books.register({ reference, last4: digits.slice(-4), ...behaviourOf(digits) });
      return reference;
    },

    async authorize(wish) {
      const made = await books.authorize(wish);
      if (made) return { ...made, isNew: true };
      const { key, card, amountYen } = wish;
      const sql = 'SELECT payments.*, answers FROM payments LEFT JOIN cards ON reference = card WHERE key = $1';
      const known = await database.one(sql, [key], (row) => ({ ...readAuthorized(row), card: row.card }));
      if (!known) return 'unknown_card';
      // A payment without a card was voided before it was asked for: that is its answer, whatever is asked for.
      if (known.card !== null && (known.card !== card || known.payment.amountYen !== amountYen)) return 'key_reused';
      return { payment: known.payment, answers: known.answers, isNew: false };
    },

    async apply(operation, key) {
      const moved = await books.apply({ operation, key });
      if (moved) return moved;
      if (operation !== 'void') return find(key);
      // Whoever asks for it between these statements is found by the second attempt.
      return (await refuseInAdvance(database, key)) ?? (await books.apply({ operation, key })) ?? find(key);
    },
  };
}

/** What is asked for at the same time is written in one statement, and each learns whether it was carried out: undefined when not. */
function writingTogether({ database, plan, onWebhook }: LedgerOptions) {
  return {
    register: combine(async (cards: readonly ({ reference: string; last4: string } & CardBehaviour)[]) => {
      const columns = (['reference', 'last4', 'outcome', 'reason', 'answers'] as const).map((name) =>
        cards.map((card) => card[name] ?? ''),
      );
      await database.query(registerSql, columns);
      return cards.map(() => undefined);
    }),

    authorize: combine(async (wishes: readonly Authorization[]) => {
      const planned = wishes.map(({ key }) => plan(`${key} authorize`));
      const columns = [
        wishes.map(({ key }) => key),
        wishes.map(() => `pay_${randomUUID()}`),
        wishes.map(({ card }) => card),
        wishes.map(({ amountYen }) => amountYen),
        wishes.map(() => randomBytes(16).toString('base64url')),
        wishes.map(({ returnUrl = '' }) => returnUrl),
      ];
      const rows = await database.query(authorizeSql, [...columns, ...deliveriesOf(planned)]);
      return inOrder(wishes, rows, (row, index) => {
        onWebhook(planned[index] ?? []);
        return readAuthorized(row);
      });
    }),

    apply: combine(async (asked: readonly Asked[]) => {
      const planned = asked.map(({ key, operation }) => plan(`${key} ${operation}`));
      const wanted = asked.map(({ operation }) => changes[operation]);
      const columns = [
        asked.map(({ key }) => key),
        wanted.map(({ from }) => from.join(' ')),
        wanted.map(({ to }) => to),
        wanted.map(({ reason = '' }) => reason),
        wanted.map(({ event }) => event),
      ];
      const rows = await database.query(applySql, [...columns, ...deliveriesOf(planned)]);
      return inOrder(asked, rows, (row, index) => {
        onWebhook(planned[index] ?? []);
        return readPayment(row);
      });
    }),
  };
}

/** The columns of webhooks' deliveries, a row for each: the number of what is told, from 1, the event's id, which copy of it, and its delay. */
function deliveriesOf(planned: readonly (readonly number[])[]): [number[], string[], number[], number[]] {
  const rows = planned.flatMap((delaysMs, index) => {
    const id = `evt_${randomUUID()}`;
    return delaysMs.map((delayMs, copy) => ({ number: index + 1, id, copy: copy + 1, delayMs }));
  });
  return [
    rows.map(({ number }) => number),
    rows.map(({ id }) => id),
    rows.map(({ copy }) => copy),
    rows.map(({ delayMs }) => delayMs),
  ];
}

/** For each that was asked for, in order, what its row says; undefined where there is none. */
function inOrder<Result>(
  asked: readonly unknown[],
  rows: readonly Row[],
  read: (row: Row, index: number) => Result,
): (Result | undefined)[] {
  const byNumber = new Map(rows.map((row) => [Number(row.number), row]));
  return asked.map((_one, index) => {
    const row = byNumber.get(index + 1);
    return row && read(row, index);
  });
}

/** Leaves what comes late nothing to book. Undefined when there is such a payment already. */
function refuseInAdvance(database: Database, key: string): Promise<Payment | undefined> {
  const sql = `INSERT INTO payments (key, id, amount_yen, state) VALUES ($1, $2, 0, 'voided') ON CONFLICT (key) DO NOTHING RETURNING *`;
  return database.one(sql, [key, `pay_${randomUUID()}`], readPayment);
}

function readAuthorized(row: Row): { payment: Payment; answers: CardBehaviour['answers'] } {
  const answers = (['late', 'not-at-first'] as const).find((known) => known === row.answers) ?? 'promptly';
  return { payment: readPayment(row), answers };
}

const states: readonly PaymentState[] = ['requires_action', 'authorized', 'declined', 'captured', 'voided', 'refunded'];

function readPayment(row: Row): Payment {
  const state = states.find((known) => known === row.state);
  if (state === undefined)
    throw new TypeError(`The books have a payment in state ${String(row.state)}, which this version does not know.`);
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const [reason, authenticationId, returnUrl] = [text(row.reason), text(row.authentication_id), text(row.return_url)];
  return {
    key: String(row.key),
    id: String(row.id),
    state,
    amountYen: Number(row.amount_yen),
    ...(reason === undefined ? {} : { reason }),
    ...(authenticationId === undefined ? {} : { authenticationId }),
    ...(returnUrl === undefined ? {} : { returnUrl }),
  };
}
