/**
 * What a request counts as: Envoy's rate limit descriptors, each a list of keys and values. Pure.
 */
import { RE2JS } from 're2js';
import type { RequestHead } from '../routing/match.ts';
import type { DescriptorAction, DescriptorRule, HeaderCondition } from '../snapshot/protection.ts';

export interface Entry {
  key: string;
  value: string;
}

export type Descriptor = readonly Entry[];

export interface CountedRequest {
  head: RequestHead;
  remoteAddress: string;
}

export type DescriptorsOf = (request: CountedRequest) => readonly Descriptor[];

export function compileDescriptors(rules: readonly DescriptorRule[]): DescriptorsOf {
  const compiled = rules.map((rule) => rule.map(compileAction));
  return (request) =>
    compiled.flatMap((actions): Descriptor[] => {
      const descriptor: Entry[] = [];
      for (const action of actions) {
        const entry = action(request);
        if (entry === 'none') return [];
        if (entry !== 'skip') descriptor.push(entry);
      }
      return descriptor.length === 0 ? [] : [descriptor];
    });
}

/** `none`: the whole descriptor is not made; `skip`: it is made without this. */
type CompiledAction = (request: CountedRequest) => Entry | 'none' | 'skip';

function compileAction(action: DescriptorAction): CompiledAction {
  switch (action.kind) {
    case 'remote-address':
      return ({ remoteAddress }) => ({ key: 'remote_address', value: remoteAddress });
    case 'generic':
      return () => ({ key: action.key, value: action.value });
    case 'header': {
      const missing = action.skipIfAbsent ? 'skip' : 'none';
      return ({ head }) => {
        const value = headerOf(head, action.header);
        return value === undefined ? missing : { key: action.key, value };
      };
    }
    case 'header-match': {
      const tests = action.headers.map(compileHeaderCondition);
      const entry = { key: action.key, value: action.value };
      return ({ head }) => (tests.every((test) => test(head)) === action.expectMatch ? entry : 'none');
    }
  }
}

/** Pseudo-header fields included; `:path` has the query, as in Envoy. */
function headerOf(head: RequestHead, name: string): string | undefined {
  switch (name) {
    case ':path':
      return head.path + head.query;
    case ':method':
      return head.method;
    case ':authority':
    case 'host':
      return head.authority;
    case ':scheme':
      return head.scheme;
    default:
      return head.header(name);
  }
}

function compileHeaderCondition({ name, test, operand, ignoreCase, invert }: HeaderCondition): (head: RequestHead) => boolean {
  const matches = valueTest(test, ignoreCase ? operand.toLowerCase() : operand);
  return (head) => {
    const value = headerOf(head, name);
    // As in Envoy, a field that is absent does not match, inverted or not, except that inverting its presence asks for just that.
    if (value === undefined) return test === 'present' && invert;
    return matches(ignoreCase ? value.toLowerCase() : value) !== invert;
  };
}

function valueTest(test: HeaderCondition['test'], operand: string): (value: string) => boolean {
  switch (test) {
    case 'present':
      return () => true;
    case 'exact':
      return (value) => value === operand;
    case 'prefix':
      return (value) => value.startsWith(operand);
    case 'suffix':
      return (value) => value.endsWith(operand);
    case 'contains':
      return (value) => value.includes(operand);
    case 'regex': {
      const pattern = RE2JS.compile(operand);
      return (value) => pattern.testExact(value);
    }
  }
}
