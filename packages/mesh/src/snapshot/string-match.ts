/**
 * A condition on a text, as the snapshot holds it.
 */

/** `regex` is RE2 syntax and must match the whole value. */
export type StringMatch = { exact: string } | { prefix: string } | { regex: string };

/**
 * `pathPrefix` counts whole path elements: `/a` matches `/a` and `/a/b`, never `/ab`. It has no slash at its end and is empty where
 * every path matches.
 */
export type PathMatch = StringMatch | { pathPrefix: string };
