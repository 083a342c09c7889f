/**
 * Addresses in PostgreSQL.
 */
import type { Database, Queryable, Row, Transaction } from '@hikyaku/service';
import type { AddressBook, WithAddresses } from '../application/addresses.ts';
import { type Address, type Prefecture, prefectures } from '../domain/address.ts';

const select = 'SELECT id, name, postal_code, prefecture, city, line1, line2, is_default FROM addresses';

/** The person's row is what is locked: there may be no address yet. */
export function withAddresses(database: Database): WithAddresses {
  return (userId, work) =>
    database.transaction(async (tx) => {
      const user = await tx.one('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
      return user && work(addressBook(tx, userId));
    });
}

/** The oldest first. */
export function addressesOf(database: Queryable, userId: string): Promise<Address[]> {
  return database.query(`${select} WHERE user_id = $1 ORDER BY created_at, id`, [userId], readAddress);
}

function addressBook(tx: Transaction, userId: string): AddressBook {
  return {
    list: () => addressesOf(tx, userId),

    async add({ id, isDefault, name, postalCode, prefecture, city, line1, line2 }) {
      await tx.query(
        `INSERT INTO addresses (id, user_id, is_default, name, postal_code, prefecture, city, line1, line2)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [id, userId, isDefault, name, postalCode, prefecture, city, line1, line2 ?? null],
      );
    },

    async replace({ id, name, postalCode, prefecture, city, line1, line2 }) {
      await tx.query(
        `UPDATE addresses SET name = $3, postal_code = $4, prefecture = $5, city = $6, line1 = $7, line2 = $8
          WHERE id = $1 AND user_id = $2`,
        [id, userId, name, postalCode, prefecture, city, line1, line2 ?? null],
      );
    },

    async remove(id) {
      await tx.query('DELETE FROM addresses WHERE id = $1 AND user_id = $2', [id, userId]);
    },

    async makeDefault(id) {
      // Two statements: an index that allows one default is checked row by row, so the old one must be gone first.
      await tx.query('UPDATE addresses SET is_default = false WHERE user_id = $1 AND is_default', [userId]);
      await tx.query('UPDATE addresses SET is_default = true WHERE id = $1 AND user_id = $2', [id, userId]);
    },
  };
}

function readAddress(row: Row): Address {
  return {
    id: String(row.id),
    isDefault: row.is_default === true,
    name: String(row.name),
    postalCode: String(row.postal_code),
    prefecture: readPrefecture(row.prefecture),
    city: String(row.city),
    line1: String(row.line1),
    ...(typeof row.line2 === 'string' && { line2: row.line2 }),
  };
}

function readPrefecture(value: unknown): Prefecture {
  const prefecture = prefectures.find((known) => known === value);
  if (prefecture === undefined) throw new TypeError(`The database has a prefecture that does not exist: ${String(value)}`);
  return prefecture;
}
