/**
 * The network's books in PostgreSQL. Each operation is one statement that changes the payment and notes the webhook that tells of
 * it, so a process that is killed has done both or neither.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Database, Row } from '@hikyaku/service';
import { behaviourOf, type CardBehaviour } from '../domain/card.ts';
import { changes, type Operation, type Payment, type PaymentState } from '../domain/payment.ts';

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

/** `moved` is the payment that was just changed; these are its webhooks. The last two parameters are the event's id and the delays. */
const noteWebhooks = (type: string, id: string, delays: string) =>
  `INSERT INTO webhooks (id, copy, type, key, payment_id, amount_yen, state, reason, authentication_id, occurred_at, due_at)
   SELECT ${id}, copy, ${type}, key, moved.id, amount_yen, state, reason, authentication_id, now(),
          now() + make_interval(secs => delay / 1000.0)
     FROM moved, unnest(${delays}::integer[]) WITH ORDINALITY AS planned (delay, copy)`;

const authorizeSql = `
  WITH moved AS (
    INSERT INTO payments (key, id, card, amount_yen, state, reason, authentication_id, return_url)
    SELECT $1, $2, reference, $4, outcome, reason, CASE outcome WHEN 'requires_action' THEN $5 END, $6 FROM cards WHERE reference = $3
    ON CONFLICT (key) DO NOTHING RETURNING *
  ), noted AS (
    ${noteWebhooks(
      `CASE state WHEN 'authorized' THEN 'authorization.succeeded' WHEN 'declined' THEN 'authorization.failed'
                  ELSE 'authorization.requires_action' END`,
      '$7',
      '$8',
    )}
  )
  SELECT moved.*, answers FROM moved JOIN cards ON reference = card`;

const applySql = `
  WITH moved AS (
    UPDATE payments SET state = $2, reason = coalesce($3, reason), updated_at = now() WHERE key = $1 AND state = ANY ($4) RETURNING *
  ), noted AS (
    ${noteWebhooks('$5', '$6', '$7')}
  )
  SELECT * FROM moved`;

export function ledger({ database, plan, onWebhook }: LedgerOptions): Ledger {
  const find = (key: string) => database.one('SELECT * FROM payments WHERE key = $1', [key], readPayment);
  return {
    find,

    findByAuthentication: (id) => database.one('SELECT * FROM payments WHERE authentication_id = $1', [id], readPayment),

    async register(digits) {
      const reference = `card_${randomUUID()}`;
      const { outcome, reason = null, answers } = behaviourOf(digits);
      await database.query('INSERT INTO cards (reference, last4, outcome, reason, answers) VALUES ($1, $2, $3, $4, $5)', [
        reference,
        digits.slice(-4),
        outcome,
        reason,
        answers,
      ]);
      return reference;
    },

    async authorize({ key, card, amountYen, returnUrl }) {
      const names = [key, `pay_${randomUUID()}`, card, amountYen, randomBytes(16).toString('base64url'), returnUrl ?? null];
      const delays = plan(`${key} authorize`);
      const made = await database.one(authorizeSql, [...names, `evt_${randomUUID()}`, delays], readAuthorized);
      if (made) {
        onWebhook(delays);
        return { ...made, isNew: true };
      }
      const sql = 'SELECT payments.*, answers FROM payments LEFT JOIN cards ON reference = card WHERE key = $1';
      const known = await database.one(sql, [key], (row) => ({ ...readAuthorized(row), card: row.card }));
      if (!known) return 'unknown_card';
      // A payment without a card was voided before it was asked for: that is its answer, whatever is asked for.
      if (known.card !== null && (known.card !== card || known.payment.amountYen !== amountYen)) return 'key_reused';
      return { payment: known.payment, answers: known.answers, isNew: false };
    },

    async apply(operation, key) {
      const { from, to, event, reason = null } = changes[operation];
      const delays = plan(`${key} ${operation}`);
      const move = async () => {
        const moved = await database.one(applySql, [key, to, reason, from, event, `evt_${randomUUID()}`, delays], readPayment);
        if (moved) onWebhook(delays);
        return moved;
      };
      const moved = await move();
      if (moved) return moved;
      if (operation !== 'void') return find(key);
      // Whoever asks for it between these statements is found by the second attempt.
      return (await refuseInAdvance(database, key)) ?? (await move()) ?? find(key);
    },
  };
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
