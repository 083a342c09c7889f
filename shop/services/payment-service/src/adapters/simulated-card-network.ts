/**
 * A card network to develop against. It behaves by the number of the card, keeps its own books in the schema `card_network`, and
 * keeps the promise that matters: one idempotency key, at most one booking.
 *
 *   4000 0000 0000 0002   declined
 *   4000 0000 0000 0119   booked, but the first answer is lost on the way
 *   any other             booked
 *
 * It never says "timeout": like a real network it just does not answer. Waiting no longer than is sensible is card-network.ts.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from '@hikyaku/service';
import type { CardNetwork } from '../application/charging.ts';

type Behaviour = 'approve' | 'decline' | 'lose-first-answer';

const behaviours: Readonly<Record<string, Behaviour>> = {
  '4000000000000002': 'decline',
  '4000000000000119': 'lose-first-answer',
};

export interface SimulatedCardNetwork extends CardNetwork {
  /** The network's name for the card. The number itself is forgotten here. */
  register(digits: string): Promise<string>;
}

export function simulatedCardNetwork(database: Database): SimulatedCardNetwork {
  return {
    async register(digits) {
      const reference = `card_${randomUUID()}`;
      await database.query('INSERT INTO card_network.cards (reference, behaviour) VALUES ($1, $2)', [
        reference,
        behaviours[digits] ?? 'approve',
      ]);
      return reference;
    },

    async book({ key, reference, amountYen }) {
      const behaviour = await behaviourOf(database, reference);
      const booked = await database.one(
        `INSERT INTO card_network.ledger (idempotency_key, reference, amount_yen, state) VALUES ($1, $2, $3, $4)
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING state`,
        [key, reference, amountYen, behaviour === 'decline' ? 'declined' : 'booked'],
      );
      if (booked !== undefined && behaviour === 'lose-first-answer') return new Promise<never>(() => undefined);
      const state = await database.one('SELECT state FROM card_network.ledger WHERE idempotency_key = $1', [key]);
      return readBooking(state?.state);
    },

    async reverse(key) {
      const reversed = await database.one(
        `INSERT INTO card_network.ledger (idempotency_key, amount_yen, state) VALUES ($1, 0, 'voided')
         ON CONFLICT (idempotency_key) DO UPDATE SET state = CASE ledger.state WHEN 'booked' THEN 'refunded' ELSE ledger.state END
         RETURNING state`,
        [key],
      );
      return reversed?.state === 'refunded' ? 'refunded' : 'voided';
    },
  };
}

async function behaviourOf(database: Database, reference: string): Promise<unknown> {
  const card = await database.one('SELECT behaviour FROM card_network.cards WHERE reference = $1', [reference]);
  if (card === undefined) throw new Error('The card network does not know this card.');
  return card.behaviour;
}

function readBooking(state: unknown): 'booked' | 'declined' | 'voided' {
  if (state === 'booked' || state === 'declined') return state;
  return 'voided';
}
