/**
 * The conditions of a match one by one, each with whether it holds and how to say so. Every condition is compiled and asked by the
 * very functions the proxy uses; only the words are made here.
 */
import { compileMatch } from '../routing/match.ts';
import type { RequestHead } from '../routing/match.ts';
import type { HeaderMatch, PathMatch, RequestMatch, SourceMatch, StringMatch } from '../snapshot/snapshot.ts';

export interface Condition {
  holds: boolean;
  /** `path /api/x does not start with /api/users`. */
  text: string;
}

/** All of them must hold for the match to hold; none for a match without conditions. */
export function conditionsOf(match: RequestMatch, head: RequestHead): Condition[] {
  const { uri, method, authority, scheme, headers = {}, withoutHeaders = {}, queryParams = {} } = match;
  const ignoreUriCase = match.ignoreUriCase === true;
  const query = new URLSearchParams(head.query);
  return [
    ...(uri ? [condition({ uri, ignoreUriCase }, head, pathWords(head.path, uri, ignoreUriCase))] : []),
    ...(method ? [condition({ method }, head, compared(`method ${head.method}`, method))] : []),
    ...(authority ? [condition({ authority }, head, compared(`authority ${head.authority}`, authority))] : []),
    ...(scheme ? [condition({ scheme }, head, compared(`scheme ${head.scheme}`, scheme))] : []),
    ...Object.entries(headers).map(([name, header]) =>
      condition({ headers: { [name]: header } }, head, headerWords(name, head.header(name), header)),
    ),
    ...Object.entries(withoutHeaders).map(([name, header]) =>
      condition({ withoutHeaders: { [name]: header } }, head, inverted(headerWords(name, head.header(name), header))),
    ),
    ...Object.entries(queryParams).map(([name, value]) =>
      condition(
        { queryParams: { [name]: value } },
        head,
        valueWords(`query parameter ${name}`, query.get(name) ?? undefined, value),
      ),
    ),
    ...sourceConditions(match.source, head),
  ];
}

function sourceConditions({ namespace, labels = {} }: SourceMatch = {}, head: RequestHead): Condition[] {
  const { caller } = head;
  return [
    ...(namespace === undefined
      ? []
      : [
          condition(
            { source: { namespace } },
            head,
            valueWords("the caller's namespace", caller?.namespace, { exact: namespace }),
          ),
        ]),
    ...Object.entries(labels).map(([name, value]) =>
      condition(
        { source: { labels: { [name]: value } } },
        head,
        valueWords(`the caller's label ${name}`, caller?.labels[name], { exact: value }),
      ),
    ),
  ];
}

/** What to say of a condition, by whether it holds. */
type Words = (holds: boolean) => string;

function condition(match: RequestMatch, head: RequestHead, words: Words): Condition {
  const holds = compileMatch(match).matches(head);
  return { holds, text: words(holds) };
}

function pathWords(path: string, uri: PathMatch, ignoreCase: boolean): Words {
  if ('pathPrefix' in uri) return (holds) => `path ${path} is ${holds ? '' : 'not '}at or below ${uri.pathPrefix || '/'}`;
  const words = compared(`path ${path}`, uri);
  // A regular expression carries its own case rule.
  return ignoreCase && !('regex' in uri) ? (holds) => `${words(holds)} (case ignored)` : words;
}

function headerWords(name: string, value: string | undefined, match: HeaderMatch): Words {
  if (!('present' in match)) return valueWords(`header ${name}`, value, match);
  return (holds) => `header ${name} is ${holds ? 'present' : 'absent'}`;
}

function valueWords(subject: string, value: string | undefined, match: StringMatch): Words {
  return value === undefined ? () => `${subject} is absent` : compared(`${subject} ${JSON.stringify(value)}`, match);
}

/** A condition on what must not be there holds when the one inside it does not. */
function inverted(words: Words): Words {
  return (holds) => (holds ? words(false) : `${words(true)}, which the rule excludes`);
}

function compared(subject: string, match: StringMatch): Words {
  if ('exact' in match) return (holds) => `${subject} is ${holds ? '' : 'not '}${match.exact}`;
  if ('prefix' in match) return (holds) => `${subject} ${holds ? 'starts' : 'does not start'} with ${match.prefix}`;
  return (holds) => `${subject} ${holds ? 'matches' : 'does not match'} ${match.regex}`;
}
