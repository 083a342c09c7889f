/**
 * Looking through the catalogue, a page at a time.
 */
import type { Category, Product } from '../domain/product.ts';

export interface Search {
  /** What was typed; empty finds everything. All words must occur, in either language. */
  query: string;
  category?: Category | undefined;
  limit: number;
  offset: number;
}

/** Where products are kept. */
export interface ProductBook {
  search(search: Search): Promise<{ items: Product[]; total: number }>;
  find(id: string): Promise<Product | undefined>;
  /** Those that exist, in any order. */
  findAll(ids: readonly string[]): Promise<Product[]>;
}

export interface PageRequest {
  query: string;
  category?: Category | undefined;
  /** From 1. A page after the last has no items. */
  page: number;
  pageSize: number;
}

export interface Page {
  items: Product[];
  page: number;
  pageSize: number;
  /** Products over all pages. */
  total: number;
}

export async function browse(book: ProductBook, { query, category, page, pageSize }: PageRequest): Promise<Page> {
  const { items, total } = await book.search({ query, category, limit: pageSize, offset: (page - 1) * pageSize });
  return { items, page, pageSize, total };
}
