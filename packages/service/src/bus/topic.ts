/** Topic patterns: dot-separated words, `*` for exactly one, `#` for any number of them, as RabbitMQ's topic exchange. */

/** @example matches('order.*', 'order.confirmed') */
export const matchesTopic = (pattern: string, topic: string): boolean => matchWords(pattern.split('.'), topic.split('.'));

function matchWords([expected, ...pattern]: readonly string[], words: readonly string[]): boolean {
  if (expected === undefined) return words.length === 0;
  if (expected === '#') return words.some((_, index) => matchWords(pattern, words.slice(index))) || matchWords(pattern, []);
  const [word, ...rest] = words;
  return word !== undefined && (expected === '*' || expected === word) && matchWords(pattern, rest);
}
