/** Istio's Gateway, VirtualService and DestinationRule: what istiod's validation would refuse, as far as hikyaku honours it. */
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateErrors } from './names.ts';
import { portErrors } from './ports.ts';

const protocols = ['HTTP', 'HTTPS', 'GRPC', 'HTTP2', 'MONGO', 'TCP', 'TLS'];

export function gatewayErrors(resource: Cursor): FieldError[] {
  const servers = resource.at('spec', 'servers');
  return [
    ...(servers.items().length === 0 ? [servers.required()] : []),
    ...servers.items().flatMap(serverErrors),
    ...duplicateErrors(servers.items().map((server) => server.at('port', 'name'))),
  ];
}

function serverErrors(server: Cursor): FieldError[] {
  const protocol = server.at('port', 'protocol');
  return [
    ...portErrors(server.at('port', 'number')),
    ...(protocol.text !== undefined && !protocols.includes(protocol.text.toUpperCase())
      ? [protocol.invalid(`must be one of ${protocols.join(', ')}, got ${show(protocol.text)}`)]
      : []),
    ...(server.at('hosts').items().length === 0 ? [server.at('hosts').required()] : []),
  ];
}

export function virtualServiceErrors(resource: Cursor): FieldError[] {
  const spec = resource.at('spec');
  const rules = spec.at('http').items();
  return [
    ...(spec.at('hosts').items().length === 0 && !isDelegate(spec) ? [spec.at('hosts').required()] : []),
    ...duplicateErrors(rules.map((rule) => rule.at('name'))),
    ...rules.flatMap(ruleErrors),
  ];
}

export function serviceEntryErrors(resource: Cursor): FieldError[] {
  const spec = resource.at('spec');
  const endpoints = spec.at('endpoints').items();
  return [
    ...(spec.at('hosts').items().length === 0 ? [spec.at('hosts').required()] : []),
    ...(spec.at('ports').items().length === 0 ? [spec.at('ports').required()] : []),
    ...spec
      .at('ports')
      .items()
      .flatMap((port) => portErrors(port.at('number'))),
    ...duplicateErrors(
      spec
        .at('ports')
        .items()
        .map((port) => port.at('name')),
    ),
    ...(endpoints.length > 0 && spec.at('workloadSelector').exists
      ? [spec.at('endpoints').invalid('cannot be there beside workloadSelector')]
      : []),
    ...(spec.at('resolution').text === 'STATIC' && endpoints.length === 0 && !spec.at('workloadSelector').exists
      ? [spec.at('endpoints').invalid('must not be empty, or workloadSelector must be there, where resolution is STATIC')]
      : []),
  ];
}

export function destinationRuleErrors(resource: Cursor): FieldError[] {
  const subsets = resource.at('spec', 'subsets').items();
  return duplicateErrors(subsets.map((subset) => subset.at('name')));
}

/** A VirtualService without hosts and gateways is one that others delegate to. */
function isDelegate(spec: Cursor): boolean {
  return !spec.at('hosts').exists && !spec.at('gateways').exists;
}

function ruleErrors(rule: Cursor): FieldError[] {
  const actions = ['route', 'redirect', 'directResponse', 'delegate'].filter((name) => rule.at(name).exists);
  const routes = rule.at('route').items();
  return [
    ...(actions.length === 1
      ? []
      : [
          rule.invalid(
            actions.length === 0
              ? 'needs one of route, redirect, directResponse, delegate'
              : `can have only one of ${actions.join(' and ')}`,
          ),
        ]),
    ...routes.flatMap((route) => portErrors(route.at('destination', 'port', 'number'))),
    ...weightErrors(rule, routes),
    ...rule.at('match').items().flatMap(matchErrors),
  ];
}

function weightErrors(rule: Cursor, routes: Cursor[]): FieldError[] {
  const weights = routes.map((route) => route.at('weight'));
  const negative = weights
    .filter(({ number }) => (number ?? 0) < 0)
    .map((weight) => weight.invalid(`must be 0 or more, got ${show(weight.value)}`));
  const sum = weights.reduce((total, { number }) => total + (number ?? 0), 0);
  const isNeverChosen = routes.length > 1 && sum === 0;
  return [
    ...negative,
    ...(isNeverChosen
      ? [rule.at('route').invalid('has several destinations but no weight above 0, so none would ever be chosen')]
      : []),
  ];
}

function matchErrors(match: Cursor): FieldError[] {
  const named = ['headers', 'withoutHeaders', 'queryParams'].flatMap((name) =>
    match
      .at(name)
      .members()
      .map(([, matcher]) => matcher),
  );
  const matchers = [...['uri', 'method', 'authority', 'scheme'].map((name) => match.at(name)), ...named];
  return matchers.map((matcher) => matcher.at('regex')).flatMap(regexErrors);
}

/** Istio's are RE2; what JavaScript cannot read is wrong in RE2 as well, save for `(?i)` and `\z`, which are let through. */
function regexErrors(regex: Cursor): FieldError[] {
  const { text } = regex;
  if (text === undefined || /\(\?[a-zA-Z-]+[:)]|\(\?P<|\\[zACQE]|\[\[:/.test(text)) return [];
  try {
    new RegExp(text);
    return [];
  } catch {
    return [regex.invalid(`must be a regular expression, got ${show(text)}`)];
  }
}
