/** The Gateway API's Gateway, HTTPRoute and GRPCRoute: the CEL rules of their CRDs, which the schemas do not hold. */
import { parseDurationMs } from '../../quantities.ts';
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateErrors } from './names.ts';

export function kubernetesGatewayErrors(resource: Cursor): FieldError[] {
  const listeners = resource.at('spec', 'listeners').items();
  return [
    ...duplicateErrors(listeners.map((listener) => listener.at('name'))),
    ...sharedPlaceErrors(listeners),
    ...listeners.flatMap(listenerErrors),
  ];
}

/** Two listeners of one port, protocol and hostname could not be told apart. */
function sharedPlaceErrors(listeners: readonly Cursor[]): FieldError[] {
  const place = (listener: Cursor): string =>
    [listener.at('port').number, listener.at('protocol').text, listener.at('hostname').text ?? ''].join(' ');
  return listeners
    .filter((listener, index) => listeners.findIndex((other) => place(other) === place(listener)) < index)
    .map((listener) => listener.invalid('has the port, protocol and hostname of another listener'));
}

function listenerErrors(listener: Cursor): FieldError[] {
  const protocol = listener.at('protocol').text ?? '';
  const [tls, hostname] = [listener.at('tls'), listener.at('hostname')];
  const mode = tls.at('mode');
  const terminates = tls.exists && (mode.text ?? 'Terminate') === 'Terminate';
  return [
    ...(tls.exists && ['HTTP', 'TCP', 'UDP'].includes(protocol) ? [tls.invalid(`cannot go with protocol ${protocol}`)] : []),
    ...(protocol === 'HTTPS' && mode.text === 'Passthrough' ? [mode.invalid('must be Terminate for protocol HTTPS')] : []),
    ...(protocol === 'TLS' && !mode.exists ? [mode.required()] : []),
    ...((hostname.text ?? '') !== '' && ['TCP', 'UDP'].includes(protocol)
      ? [hostname.invalid(`cannot go with protocol ${protocol}`)]
      : []),
    ...(terminates && tls.at('certificateRefs').items().length === 0 && tls.at('options').members().length === 0
      ? [tls.at('certificateRefs').required()]
      : []),
  ];
}

export function httpRouteErrors(resource: Cursor): FieldError[] {
  return routeErrors(resource, (rule, matches) => [
    ...matches.flatMap((match) => pathErrors(match.at('path'))),
    ...redirectErrors(rule),
    ...timeoutErrors(rule.at('timeouts')),
  ]);
}

export function grpcRouteErrors(resource: Cursor): FieldError[] {
  return routeErrors(resource, (_, matches) => matches.flatMap((match) => methodErrors(match.at('method'))));
}

function routeErrors(resource: Cursor, ownErrors: (rule: Cursor, matches: Cursor[]) => FieldError[]): FieldError[] {
  const rules = resource.at('spec', 'rules').items();
  return [
    ...parentErrors(resource),
    ...rules.flatMap((rule) => [...ruleErrors(rule), ...ownErrors(rule, rule.at('matches').items())]),
  ];
}

/** Several references to one parent need sectionNames, each its own. */
function parentErrors(resource: Cursor): FieldError[] {
  const parents = resource.at('spec', 'parentRefs').items();
  const identity = (parent: Cursor): string =>
    JSON.stringify(['group', 'kind', 'namespace', 'name', 'sectionName', 'port'].map((name) => parent.at(name).value ?? ''));
  return parents
    .filter((parent, index) => parents.findIndex((other) => identity(other) === identity(parent)) < index)
    .map((parent) => parent.invalid('is there twice; several references to one parent need a sectionName each'));
}

function ruleErrors(rule: Cursor): FieldError[] {
  const backends = rule.at('backendRefs').items();
  return [
    ...backends.flatMap((backend) => [...backendErrors(backend), ...filterErrors(backend.at('filters'))]),
    ...filterErrors(rule.at('filters')),
  ];
}

function backendErrors(backend: Cursor): FieldError[] {
  const isService = (backend.at('group').text ?? '') === '' && (backend.at('kind').text ?? 'Service') === 'Service';
  return isService && backend.exists && !backend.at('port').exists ? [backend.at('port').required()] : [];
}

const repeatable = ['RequestMirror', 'ExtensionRef'];

function filterErrors(filters: Cursor): FieldError[] {
  const items = filters.items();
  const types = items.map((filter) => filter.at('type'));
  const isRedirectedToo = ['RequestRedirect', 'URLRewrite'].every((type) => types.some(({ text }) => text === type));
  return [
    ...duplicateErrors(types.filter(({ text }) => !repeatable.includes(text ?? ''))),
    ...(isRedirectedToo ? [filters.invalid('can have only one of RequestRedirect and URLRewrite')] : []),
    ...items.flatMap(memberErrors),
    ...items.flatMap((filter) => [
      ...backendErrors(filter.at('requestMirror', 'backendRef')),
      ...['requestRedirect', 'urlRewrite'].flatMap((member) => modifierErrors(filter.at(member, 'path'))),
      ...mirrorErrors(filter.at('requestMirror')),
      ...corsErrors(filter.at('cors')),
    ]),
  ];
}

/** A filter has the member that its type names and no other. */
function memberErrors(filter: Cursor): FieldError[] {
  const { text: type = '' } = filter.at('type');
  const wanted = memberOfType[type];
  if (wanted === undefined) return [];
  const others = filter.members().filter(([name, member]) => name !== 'type' && name !== wanted && member.exists);
  return [
    ...(filter.at(wanted).exists ? [] : [filter.at(wanted).required()]),
    ...others.map(([, member]) => member.invalid(`cannot go with type ${type}`)),
  ];
}

const memberOfType: Record<string, string> = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  CORS: 'cors',
  ExtensionRef: 'extensionRef',
};

function modifierErrors(path: Cursor): FieldError[] {
  const [wanted, other] =
    path.at('type').text === 'ReplaceFullPath'
      ? ['replaceFullPath', 'replacePrefixMatch']
      : ['replacePrefixMatch', 'replaceFullPath'];
  if (!path.exists) return [];
  return [
    ...(path.at(wanted).exists ? [] : [path.at(wanted).required()]),
    ...(path.at(other).exists ? [path.at(other).invalid(`cannot go with type ${path.at('type').text ?? ''}`)] : []),
  ];
}

function mirrorErrors(mirror: Cursor): FieldError[] {
  const [numerator, denominator] = [mirror.at('fraction', 'numerator'), mirror.at('fraction', 'denominator')];
  return [
    ...(mirror.at('percent').exists && mirror.at('fraction').exists
      ? [mirror.invalid('can have only one of percent and fraction')]
      : []),
    ...((numerator.number ?? 0) > (denominator.number ?? 100) ? [numerator.invalid('must not be above the denominator')] : []),
  ];
}

function corsErrors(cors: Cursor): FieldError[] {
  return ['allowOrigins', 'allowMethods', 'allowHeaders']
    .map((name) => cors.at(name))
    .filter((list) => list.items().length > 1 && list.items().some(({ text }) => text === '*'))
    .map((list) => list.invalid('cannot contain "*" beside others'));
}

function redirectErrors(rule: Cursor): FieldError[] {
  const filters = rule.at('filters').items();
  const redirect = filters.find((filter) => filter.at('requestRedirect').exists);
  const prefixed = [
    ...filters,
    ...rule
      .at('backendRefs')
      .items()
      .flatMap((backend) => backend.at('filters').items()),
  ]
    .flatMap((filter) => [filter.at('requestRedirect', 'path'), filter.at('urlRewrite', 'path')])
    .filter((path) => path.at('type').text === 'ReplacePrefixMatch');
  const matches = rule.at('matches').items();
  const hasOnePrefix = matches.length === 0 || (matches.length === 1 && isPrefix(matches[0]));
  return [
    ...(redirect !== undefined && rule.at('backendRefs').items().length > 0
      ? [redirect.at('requestRedirect').invalid('cannot go with backendRefs')]
      : []),
    ...(hasOnePrefix
      ? []
      : prefixed.map((path) => path.invalid('replaces a prefix, so the rule needs exactly one match, of type PathPrefix'))),
  ];
}

function isPrefix(match: Cursor | undefined): boolean {
  return (match?.at('path', 'type').text ?? 'PathPrefix') === 'PathPrefix';
}

const pathCharacters = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;

function pathErrors(path: Cursor): FieldError[] {
  const value = path.at('value');
  const { text } = value;
  if (text === undefined || path.at('type').text === 'RegularExpression') return [];
  if (!text.startsWith('/')) return [value.invalid(`must begin with /, got ${show(text)}`)];
  if (!pathCharacters.test(text)) return [value.invalid(`has characters that a path cannot have, got ${show(text)}`)];
  const forbidden = ['//', '/./', '/../', '%2f', '%2F'].find((part) => text.includes(part));
  if (forbidden !== undefined) return [value.invalid(`cannot contain ${forbidden}, got ${show(text)}`)];
  return /\/\.\.?$/.test(text) ? [value.invalid(`cannot end with a dot segment, got ${show(text)}`)] : [];
}

function timeoutErrors(timeouts: Cursor): FieldError[] {
  const [requestMs, backendMs] = ['request', 'backendRequest'].map((name) => durationMs(timeouts.at(name).text));
  const isLonger = requestMs !== undefined && requestMs > 0 && backendMs !== undefined && backendMs > requestMs;
  return isLonger ? [timeouts.at('backendRequest').invalid('cannot be longer than the timeout of the whole request')] : [];
}

/** What is no duration is the schema's to say. */
function durationMs(text: string | undefined): number | undefined {
  try {
    return text === undefined ? undefined : parseDurationMs(text);
  } catch {
    return undefined;
  }
}

function methodErrors(method: Cursor): FieldError[] {
  const [service, name] = [method.at('service'), method.at('method')];
  if (!method.exists) return [];
  if (!service.exists && !name.exists) return [method.invalid('needs a service, a method, or both')];
  if (method.at('type').text === 'RegularExpression') return [];
  return [
    ...(service.text !== undefined && !/^\.?[a-z_]\w*(\.[a-z_]\w*)*$/i.test(service.text)
      ? [service.invalid(`must be the name of a gRPC service, got ${show(service.text)}`)]
      : []),
    ...(name.text !== undefined && !/^[A-Za-z_]\w*$/.test(name.text)
      ? [name.invalid(`must be the name of a gRPC method, got ${show(name.text)}`)]
      : []),
  ];
}
