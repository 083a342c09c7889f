/**
 * Envoy's RouteMatch in the snapshot's form.
 */
import { stringMatch } from '../snapshot/matches.ts';
import type { HeaderMatch, PathMatch, RequestMatch, StringMatch } from '../snapshot/snapshot.ts';
import type { EnvoyHeaderMatch, EnvoyMatch, EnvoyStringMatch } from './bootstrap.ts';

/** Throws when a condition cannot be read: a match must never be wider than it was written. */
export function requestMatch(match: EnvoyMatch): RequestMatch {
  const { headers = [], query_parameters: query = [] } = match;
  const [own, pseudo] = [headers.filter(({ name }) => !name.startsWith(':')), headers.filter(({ name }) => name.startsWith(':'))];
  const wanted = own.filter((header) => !isExcluded(header));
  const excluded = own.filter(isExcluded);
  return {
    uri: pathMatch(match),
    ...(match.case_sensitive === false && { ignoreUriCase: true }),
    ...Object.fromEntries(pseudo.map(pseudoHeader)),
    ...(wanted.length > 0 && { headers: headerMatches(wanted) }),
    ...(excluded.length > 0 && { withoutHeaders: headerMatches(excluded) }),
    ...(query.length > 0 && {
      queryParams: Object.fromEntries(
        query.map(({ name, string_match }) => [name, string_match ? text(string_match) : { regex: '(?s).*' }]),
      ),
    }),
  };
}

function pathMatch({ prefix, path, safe_regex, path_separated_prefix }: EnvoyMatch): PathMatch {
  if (path_separated_prefix !== undefined) return { pathPrefix: path_separated_prefix.replace(/\/$/, '') };
  return stringMatch({
    ...(path !== undefined && { exact: path }),
    ...(prefix !== undefined && { prefix }),
    ...(safe_regex && { regex: safe_regex.regex }),
  });
}

/** `:method` and its like are what others call the method. */
function pseudoHeader(header: EnvoyHeaderMatch): [name: string, match: StringMatch] {
  const name = header.name.slice(1);
  const match = headerMatch(header);
  if ('present' in match || isExcluded(header) || !['method', 'authority', 'scheme'].includes(name))
    throw new Error(`a condition on ${header.name} can only be on the text of :method, :authority or :scheme`);
  return [name, match];
}

function isExcluded({ invert_match = false, present_match }: EnvoyHeaderMatch): boolean {
  return invert_match !== (present_match === false);
}

function headerMatches(headers: readonly EnvoyHeaderMatch[]): Record<string, HeaderMatch> {
  return Object.fromEntries(headers.map((header) => [header.name.toLowerCase(), headerMatch(header)]));
}

function headerMatch({
  string_match,
  present_match,
  exact_match,
  prefix_match,
  safe_regex_match,
}: EnvoyHeaderMatch): HeaderMatch {
  if (string_match !== undefined) return text(string_match);
  const older = {
    ...(exact_match !== undefined && { exact: exact_match }),
    ...(prefix_match !== undefined && { prefix: prefix_match }),
    ...(safe_regex_match && { regex: safe_regex_match.regex }),
  };
  return Object.keys(older).length === 0 || present_match !== undefined ? { present: true } : stringMatch(older);
}

function text({ exact, prefix, safe_regex }: EnvoyStringMatch): StringMatch {
  return stringMatch({
    ...(exact !== undefined && { exact }),
    ...(prefix !== undefined && { prefix }),
    ...(safe_regex && { regex: safe_regex.regex }),
  });
}
