/**
 * The configuration of Envoy's `envoy.filters.http.local_ratelimit`, with Envoy's defaults filled in.
 */
import { compileDescriptorRules } from './descriptor-rules.ts';
import type { LocalRateLimit, TokenBucketSettings } from './protection.ts';
import { durationMsAt, field, flagAt, listAt, numberAt, textAt } from './written-value.ts';

type Warn = (message: string) => void;

/** Envoy's is 20, which would let 21 clients in turn push each other out of their limits. */
const defaultMaxClients = 10_000;

/** Envoy refuses intervals below this. */
const shortestFillMs = 50;

export function compileLocalRateLimit(config: unknown, warn: Warn): LocalRateLimit {
  const bucket = field(config, 'token_bucket') === undefined ? undefined : compileBucket(field(config, 'token_bucket'), warn);
  const descriptors = listAt(config, 'descriptors').flatMap((descriptor) => compileDescriptor(descriptor, warn));
  const ownDescriptors = compileDescriptorRules(field(config, 'rate_limits'), warn);
  const fractions = {
    enabledPercent: percentAt(config, 'filter_enabled'),
    enforcedPercent: percentAt(config, 'filter_enforced'),
  };
  if (bucket !== undefined && (fractions.enabledPercent === 0 || fractions.enforcedPercent === 0))
    warn('filter_enabled or filter_enforced is absent or 0, which Envoy reads as 0 %: nothing is refused');
  if (listAt(config, 'request_headers_to_add_when_not_enforced').length > 0)
    warn('request_headers_to_add_when_not_enforced is not carried out yet');
  if (flagAt(config, 'local_rate_limit_per_downstream_connection') === true)
    warn('local_rate_limit_per_downstream_connection is not carried out: all connections share one bucket');
  return {
    ...(bucket && { bucket }),
    descriptors,
    ...(ownDescriptors && { ownDescriptors }),
    alwaysCountsDefault: flagAt(config, 'always_consume_default_token_bucket') ?? true,
    maxClients: numberAt(config, 'max_dynamic_descriptors') ?? defaultMaxClients,
    ...fractions,
    status: statusAt(config, 'status'),
    tellsLimit: textAt(config, 'enable_x_ratelimit_headers') === 'DRAFT_VERSION_03',
    responseHeaders: responseHeadersAt(config, warn),
  };
}

/** Envoy's `status.code`; anything that is no error counts as absent, as there. */
export function statusAt(config: unknown, name: string): number {
  const code = numberAt(config, name, 'code') ?? 429;
  return code >= 400 && code <= 599 ? code : 429;
}

function compileBucket(written: unknown, warn: Warn): TokenBucketSettings | undefined {
  const maxTokens = numberAt(written, 'max_tokens') ?? 0;
  const fillIntervalMs = durationMsAt(written, 'fill_interval') ?? 0;
  const tokensPerFill = numberAt(written, 'tokens_per_fill') ?? 1;
  if (maxTokens > 0 && tokensPerFill > 0 && fillIntervalMs >= shortestFillMs) return { maxTokens, tokensPerFill, fillIntervalMs };
  warn(`a token_bucket limits nothing: it needs max_tokens above 0 and a fill_interval of ${shortestFillMs} ms or more`);
  return undefined;
}

function compileDescriptor(written: unknown, warn: Warn): LocalRateLimit['descriptors'] {
  const bucket = compileBucket(field(written, 'token_bucket'), warn);
  const entries = listAt(written, 'entries').map((entry) => {
    const value = textAt(entry, 'value') ?? '';
    return { key: textAt(entry, 'key') ?? '', ...(value !== '' && { value }) };
  });
  return bucket === undefined || entries.length === 0 ? [] : [{ entries, bucket }];
}

const denominators: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** A runtime fraction; there is no runtime to override its default value. */
function percentAt(config: unknown, name: string): number {
  const fraction = field(config, name, 'default_value');
  const denominator = denominators[textAt(fraction, 'denominator') ?? 'HUNDRED'] ?? 100;
  return Math.min(100, (100 * (numberAt(fraction, 'numerator') ?? 0)) / denominator);
}

function responseHeadersAt(config: unknown, warn: Warn): [string, string][] {
  return listAt(config, 'response_headers_to_add').flatMap((option): [string, string][] => {
    const name = textAt(option, 'header', 'key') ?? '';
    const value = textAt(option, 'header', 'value') ?? '';
    if (/^[!#$%&'*+\-.^_`|~0-9a-z]+$/i.test(name) && /^[\t\x20-\x7e]*$/.test(value) && !/%[A-Z_]+/.test(value))
      return [[name, value]];
    warn(`the response header ${name} cannot be set: its value must be plain text without command operators`);
    return [];
  });
}
