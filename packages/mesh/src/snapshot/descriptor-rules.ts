/**
 * Envoy's `rate_limits` of a route: what a request counts as. A list of actions that cannot be carried out as written makes no
 * descriptor at all, and that is said.
 */
import { RE2JS } from 're2js';
import type { DescriptorAction, DescriptorRule, HeaderCondition } from './protection.ts';
import { field, flagAt, kindOf, listAt, textAt } from './written-value.ts';

/** Undefined when there is no list: that of the next level then holds. */
export function compileDescriptorRules(written: unknown, warn: (message: string) => void): DescriptorRule[] | undefined {
  if (!Array.isArray(written)) return undefined;
  return written.flatMap((limit): DescriptorRule[] => {
    try {
      const actions = listAt(limit, 'actions').map(compileAction);
      return actions.length === 0 ? [] : [actions];
    } catch (error) {
      warn(`one of its rate_limits limits nothing: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

function compileAction(written: unknown): DescriptorAction {
  const kind = kindOf(written);
  const action = field(written, kind);
  switch (kind) {
    case 'remote_address':
      return { kind: 'remote-address' };
    case 'generic_key':
      return {
        kind: 'generic',
        key: textAt(action, 'descriptor_key') ?? 'generic_key',
        value: textAt(action, 'descriptor_value') ?? '',
      };
    case 'request_headers':
      return {
        kind: 'header',
        header: (textAt(action, 'header_name') ?? '').toLowerCase(),
        key: textAt(action, 'descriptor_key') ?? '',
        skipIfAbsent: flagAt(action, 'skip_if_absent') ?? false,
      };
    case 'header_value_match':
      return {
        kind: 'header-match',
        key: textAt(action, 'descriptor_key') ?? 'header_match',
        value: textAt(action, 'descriptor_value') ?? '',
        expectMatch: flagAt(action, 'expect_match') ?? true,
        headers: listAt(action, 'headers').map(compileHeaderCondition),
      };
    default:
      throw new Error(`the action ${kind} is not carried out yet`);
  }
}

const tests = ['exact', 'prefix', 'suffix', 'contains'] as const;

function compileHeaderCondition(written: unknown): HeaderCondition {
  const name = (textAt(written, 'name') ?? '').toLowerCase();
  const match = field(written, 'string_match');
  const common = {
    name,
    ignoreCase: flagAt(match, 'ignore_case') ?? false,
    invert: flagAt(written, 'invert_match') ?? false,
  };
  for (const test of tests) {
    const operand = textAt(match, test) ?? textAt(written, `${test}_match`);
    if (operand !== undefined) return { ...common, test, operand };
  }
  const regex = textAt(match, 'safe_regex', 'regex') ?? textAt(written, 'safe_regex_match', 'regex');
  if (regex !== undefined) return { ...common, test: 'regex', operand: checkedRegex(regex) };
  const isPresence = flagAt(written, 'present_match');
  const others = Object.keys(written ?? {}).filter((key) => key !== 'name' && key !== 'invert_match');
  if (isPresence === undefined && others.length > 0)
    throw new Error(`the condition ${others[0] ?? ''} on the header ${name} is not carried out yet`);
  return { ...common, invert: common.invert !== (isPresence === false), test: 'present', operand: '' };
}

function checkedRegex(regex: string): string {
  try {
    RE2JS.compile(regex);
    return regex;
  } catch (cause) {
    throw new Error(`the regular expression ${JSON.stringify(regex)} is not RE2: ${String(cause)}`, { cause });
  }
}
