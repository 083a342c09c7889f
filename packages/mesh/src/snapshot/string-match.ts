/**
 * A condition on a text, as the snapshot holds it.
 */

/** `regex` is RE2 syntax and must match the whole value. */
export type StringMatch = { exact: string } | { prefix: string } | { regex: string };
