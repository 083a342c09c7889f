/**
 * What the shop sells. A product is described in both languages always; there is no "translation missing".
 */

export const categories = ['tea', 'kitchen', 'tableware', 'stationery', 'textiles', 'food', 'home'] as const;
export type Category = (typeof categories)[number];

/** The same text for readers of Japanese and of English. */
export interface Bilingual {
  ja: string;
  en: string;
}

export interface Product {
  /** A readable slug, such as `tetsubin-nambu`; it never changes and is never used again. */
  id: string;
  category: Category;
  name: Bilingual;
  description: Bilingual;
  /** Tax included. Yen have no fraction, so this is always an integer. */
  priceYen: number;
  /** Pieces that can be ordered now: what is reserved for orders under way is not counted. */
  stock: number;
}
