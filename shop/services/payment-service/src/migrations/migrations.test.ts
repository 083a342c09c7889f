/** Payments as earlier versions left them: what became of each, in the words of today. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startPostgres } from '@hikyaku/service/testing';
import pg from 'pg';
import { expect, test } from 'vitest';

const apply = async (client: pg.Client, file: string) => client.query(await readFile(new URL(file, import.meta.url), 'utf8'));

/** State of the charge · state in the simulator's own books, if it was asked · state as a payment. */
const cases = [
  ['charged', 'booked', 'captured'],
  ['declined', 'declined', 'declined'],
  ['pending', 'booked', 'captured'],
  ['pending', 'declined', 'declined'],
  ['pending', undefined, 'voided'],
  ['refunding', 'booked', 'refunded'],
  ['refunding', undefined, 'voided'],
  ['refunded', 'refunded', 'refunded'],
  ['voided', undefined, 'voided'],
] as const;

/** Opens a payment service's empty database. */
async function withDatabase(work: (client: pg.Client) => Promise<void>): Promise<void> {
  const postgres = await startPostgres();
  try {
    await postgres.createDatabase('payment_service');
    const client = new pg.Client({ connectionString: postgres.url('payment_service') });
    await client.connect();
    await work(client);
    await client.end();
  } finally {
    await postgres.stop();
  }
}

test('charges become payments that are settled', async () => {
  await withDatabase(async (client) => {
    for (const file of ['001_payments.sql', '002_card_network.sql']) await apply(client, file);
    const ids = cases.map(() => randomUUID());
    for (const [index, [charge, booking]] of cases.entries()) {
      await client.query('INSERT INTO charges (order_id, user_id, amount_yen, state) VALUES ($1, $2, 100, $3)', [
        ids[index],
        'hanako',
        charge,
      ]);
      if (booking === undefined) continue;
      await client.query('INSERT INTO card_network.ledger (idempotency_key, amount_yen, state) VALUES ($1, 100, $2)', [
        ids[index],
        booking,
      ]);
    }
    await apply(client, '003_authorize_and_capture.sql');
    const { rows } = await client.query<{ state: string; provider: string; reason: string | null }>(
      'SELECT state, provider, reason FROM payments ORDER BY array_position($1::uuid[], order_id)',
      [ids],
    );
    expect(rows).toEqual(
      cases.map(([, , state]) => ({ state, provider: 'built-in', reason: state === 'declined' ? 'card_declined' : null })),
    );
  });
}, 60_000);

test('captures and refunds that nobody heard of are asked for again', async () => {
  await withDatabase(async (client) => {
    for (const file of ['001_payments.sql', '002_card_network.sql', '003_authorize_and_capture.sql']) await apply(client, file);
    const states = ['authorized', 'capturing', 'captured', 'refunding', 'refunded'];
    const ids = states.map(() => randomUUID());
    for (const [index, state] of states.entries())
      await client.query('INSERT INTO payments (order_id, user_id, amount_yen, state) VALUES ($1, $2, 100, $3)', [
        ids[index],
        'hanako',
        state,
      ]);
    await apply(client, '005_no_capturing.sql');
    const { rows } = await client.query<{ state: string }>(
      'SELECT state FROM payments ORDER BY array_position($1::uuid[], order_id)',
      [ids],
    );
    expect(rows.map(({ state }) => state)).toEqual(['authorized', 'authorized', 'captured', 'voiding', 'refunded']);
  });
}, 60_000);
