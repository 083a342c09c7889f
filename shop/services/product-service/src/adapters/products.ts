/**
 * Reads the catalogue from PostgreSQL.
 */
import type { Queryable, Row, SqlValue } from '@hikyaku/service';
import type { ProductBook, Search } from '../application/catalogue.ts';
import { type Category, categories, type Product } from '../domain/product.ts';
import { searchPatterns } from '../domain/search.ts';

const selectProduct = `
  SELECT p.id, p.category, p.name_ja, p.name_en, p.description_ja, p.description_en, p.price_yen, s.available
    FROM products p JOIN stock s ON s.product_id = p.id`;

export function productBook(database: Queryable): ProductBook {
  return {
    async search(search) {
      const { where, params } = conditions(search);
      const next = params.length + 1;
      const [items, total] = await Promise.all([
        database.query(
          `${selectProduct} WHERE ${where} ORDER BY p.position LIMIT $${next} OFFSET $${next + 1}`,
          [...params, search.limit, search.offset],
          readProduct,
        ),
        database.one(`SELECT count(*)::integer AS total FROM products p WHERE ${where}`, params, (row) => Number(row.total)),
      ]);
      return { items, total: total ?? 0 };
    },

    find: (id) => database.one(`${selectProduct} WHERE p.id = $1`, [id], readProduct),

    findAll: (ids) => database.query(`${selectProduct} WHERE p.id = ANY ($1)`, [ids], readProduct),
  };
}

function conditions({ query, category }: Search): { where: string; params: SqlValue[] } {
  const params: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${params.push(value)}`;
  const words = searchPatterns(query).map((pattern) => `p.search_text LIKE ${bind(pattern)}`);
  const all = category === undefined ? words : [...words, `p.category = ${bind(category)}`];
  return { where: all.length === 0 ? 'true' : all.join(' AND '), params };
}

function readProduct(row: Row): Product {
  return {
    id: String(row.id),
    category: readCategory(row.category),
    name: { ja: String(row.name_ja), en: String(row.name_en) },
    description: { ja: String(row.description_ja), en: String(row.description_en) },
    priceYen: Number(row.price_yen),
    stock: Number(row.available),
  };
}

function readCategory(value: unknown): Category {
  const category = categories.find((known) => known === value);
  if (category === undefined) throw new TypeError(`The database has a category this version does not know: ${String(value)}`);
  return category;
}
