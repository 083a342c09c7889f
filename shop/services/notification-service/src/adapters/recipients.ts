/**
 * Whom mails go to. The copy in this database follows the user service's events; only for a user it has not heard of yet is the user
 * service asked.
 */
import { type Client, ClientError, type Row, type Transaction } from '@hikyaku/service';
import type { Unit } from '../application/writing.ts';
import { findUser } from '../contracts/calls.ts';
import type { Locale, Recipient } from '../domain/news.ts';

/** Asks the user service; undefined when it knows nobody of that id. Throws `ClientError` when it does not answer. */
export type AskForUser = (userId: string) => Promise<Recipient | undefined>;

export function askingForUsers(client: Client): AskForUser {
  return async (userId) => {
    try {
      const { name, email, locale = 'ja' } = await client.call(findUser, { params: { id: userId } });
      return { userId, name, address: email, locale };
    } catch (error) {
      // 400: an id that no user can have.
      if (error instanceof ClientError && (error.status === 404 || error.status === 400)) return undefined;
      throw error;
    }
  };
}

export function recipientsIn(tx: Transaction, ask: AskForUser): Pick<Unit, 'recipients'> {
  return {
    async recipients(userIds) {
      const sql = 'SELECT user_id, name, address, locale FROM recipients WHERE user_id = ANY ($1)';
      const known = new Map((await tx.query(sql, [userIds], readRecipient)).map((recipient) => [recipient.userId, recipient]));
      for (const userId of new Set(userIds)) {
        if (known.has(userId)) continue;
        // Noted as of before the question: an event that tells something newer wins.
        const asOf = new Date();
        const asked = await ask(userId);
        if (asked === undefined) continue;
        await remember(tx, asked, asOf);
        known.set(userId, asked);
      }
      return userIds.map((userId) => known.get(userId));
    },
  };
}

/** Keeps what was true at `asOf`, unless something later is known already. */
export async function remember(tx: Transaction, { userId, name, address, locale }: Recipient, asOf: Date): Promise<void> {
  await tx.query(
    `INSERT INTO recipients (user_id, name, address, locale, as_of) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (user_id) DO UPDATE SET name = EXCLUDED.name, address = EXCLUDED.address, locale = EXCLUDED.locale, as_of = EXCLUDED.as_of
      WHERE recipients.as_of < EXCLUDED.as_of`,
    [userId, name, address, locale, asOf],
  );
}

function readRecipient(row: Row): Recipient {
  const locale: Locale = row.locale === 'en' ? 'en' : 'ja';
  return { userId: String(row.user_id), name: String(row.name), address: String(row.address), locale };
}
