/**
 * Rules that no request can ever reach, because earlier rules of the same VirtualService match everything they match; and
 * conditions that can never hold, because they cannot be read.
 */
import { fieldError } from '@hikyaku/resources';
import type { FieldError, VirtualService } from '@hikyaku/resources';
import { compileMatches } from '../snapshot/matches.ts';
import type { HttpRule } from '@hikyaku/resources';
import type { RequestMatch } from '../snapshot/snapshot.ts';
import { covers } from './covers.ts';

type WrittenMatch = NonNullable<HttpRule['match']>[number];

interface Alternative {
  /** Index of the rule in `spec.http`. */
  rule: number;
  label: string;
  segments: (string | number)[];
  request: RequestMatch;
  /** Where and for whom it applies at all, as text: alternatives are compared only within the same. */
  scope: string;
  /** The rule delegates, and what the delegate does not take goes on to the rules after it. */
  isPartial: boolean;
}

export function unreachableRules(virtualService: VirtualService): FieldError[] {
  const alternatives = (virtualService.spec?.http ?? []).flatMap(alternativesOf);
  const hidden = alternatives.flatMap((alternative) => {
    const cover = alternatives.find(
      (earlier) =>
        earlier.rule < alternative.rule &&
        !earlier.isPartial &&
        isScopeCovered(earlier, alternative) &&
        covers(earlier.request, alternative.request),
    );
    return cover === undefined ? [] : [{ alternative, cover }];
  });
  const byRule = Map.groupBy(hidden, ({ alternative }) => alternative.rule);
  return [...byRule].flatMap(([rule, found]) => {
    const isWholeRule = found.length === alternatives.filter((alternative) => alternative.rule === rule).length;
    const covering = [...new Set(found.map(({ cover }) => cover.label))].join(' and ');
    const places = isWholeRule ? [['spec', 'http', rule]] : found.map(({ alternative }) => alternative.segments);
    return places.map((segments) =>
      fieldError(segments, `can never be reached: ${covering} took every request it matches before`),
    );
  });
}

/** Regular expressions that Istio's RE2 refuses: the alternative they stand in never matches. */
export function unreadableMatches(virtualService: VirtualService): FieldError[] {
  return (virtualService.spec?.http ?? []).flatMap((rule, index) =>
    (rule.match ?? []).flatMap((match, alternative) => {
      const { problems } = read(match);
      return problems.map((problem) => fieldError(['spec', 'http', index, 'match', alternative], `never matches: ${problem}`));
    }),
  );
}

function alternativesOf(rule: HttpRule, index: number): Alternative[] {
  const label = rule.name === undefined || rule.name === '' ? `spec.http[${index}]` : `spec.http[${index}] (${rule.name})`;
  const isPartial = rule.delegate !== undefined;
  if (rule.match === undefined || rule.match.length === 0) {
    return [{ rule: index, label, segments: ['spec', 'http', index], request: {}, scope: anyScope, isPartial }];
  }
  return rule.match.flatMap((match, position) => {
    const { request } = read(match);
    return request === undefined
      ? []
      : [{ rule: index, label, segments: ['spec', 'http', index, 'match', position], request, scope: scopeOf(match), isPartial }];
  });
}

/** The conditions on the request alone, as the mesh compiles them. */
function read(match: WrittenMatch): { request?: RequestMatch; problems: string[] } {
  const { uri, method, authority, scheme, headers, withoutHeaders, queryParams, ignoreUriCase } = match;
  const conditions = { uri, method, authority, scheme, headers, withoutHeaders, queryParams, ignoreUriCase };
  const given = Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined));
  const problems: string[] = [];
  const [request] =
    compileMatches({ match: [given] }, { gateway: 'mesh', namespace: '', port: 0 }, (problem) => problems.push(problem)) ?? [];
  return { ...(request && { request }), problems };
}

const anyScope = '{}';

function scopeOf({ gateways, port, sourceLabels, sourceNamespace }: WrittenMatch): string {
  return JSON.stringify({ gateways, port, sourceLabels, sourceNamespace });
}

function isScopeCovered(wide: Alternative, narrow: Alternative): boolean {
  return wide.scope === anyScope || wide.scope === narrow.scope;
}
