/**
 * Reads what a person typed into the search box. What it matches against is the database's `search_text`.
 */

const MAX_WORDS = 8;

/**
 * The words that must all occur, as patterns for SQL `LIKE`. Splits at any white space, the ideographic space of Japanese keyboards
 * included; `%`, `_` and `\` are looked for as themselves. Words beyond the eighth are ignored.
 */
export function searchPatterns(query: string): string[] {
  const words = query
    .normalize('NFKC')
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  return words.slice(0, MAX_WORDS).map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
}
