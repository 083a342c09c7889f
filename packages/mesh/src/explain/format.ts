/** An explanation as text for a terminal. */
import { headerLines, policyLines } from './policies.ts';
import type { ExplainedDestination, ExplainedEndpoint, Explanation, ForwardOutcome, Outcome } from './explanation.ts';

/** Lines without colours; each starts with what it is about. */
export function formatExplanation(explanation: Explanation): string {
  const { request, place, passedOver, matched, notAsked, checks, outcome, warnings } = explanation;
  const lines = [
    request,
    `  ${place}`,
    '',
    ...passedOver.flatMap(({ rule, reasons }) => [`  ✗ ${rule}`, ...reasons.map((reason) => `      ${reason}`)]),
    ...(matched
      ? [
          `  ✓ ${matched.rule}`,
          ...(matched.because.length === 0 ? ['matches every request'] : matched.because).map((reason) => `      ${reason}`),
        ]
      : []),
    ...(notAsked > 0 ? [`    ${notAsked} later ${notAsked === 1 ? 'rule was' : 'rules were'} not asked`] : []),
    ...(passedOver.length === 0 && matched === undefined && outcome.kind === 'forward'
      ? ['  no route rules calls to this Service']
      : []),
    ...(passedOver.length > 0 || matched !== undefined || outcome.kind === 'forward' ? [''] : []),
    ...checks.map((check) => `  ? ${check}`),
    ...outcomeLines(outcome),
    ...warnings.map((warning) => `  ! ${warning}`),
  ];
  return lines.map(printable).join('\n');
}

function outcomeLines(outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'forward':
      return forwardLines(outcome);
    case 'redirect':
      return [`  → redirected, ${outcome.status}, to ${outcome.location}`, ...policyLines(outcome.policies)];
    case 'respond':
      return [`  → answered by the proxy, ${outcome.status}${bodyWords(outcome)}`, ...policyLines(outcome.policies)];
    case 'refuse':
      return [`  → refused, ${outcome.status}: ${outcome.detail}`];
    case 'connect':
      return [connectLine(outcome.rule), ...outcome.destinations.flatMap(destinationLines)];
    case 'unreachable':
      return [`  → ${outcome.detail}`];
  }
}

function connectLine(rule: string | undefined): string {
  const asked = rule === undefined ? 'no rule for requests is asked' : `only rules for connections are asked: ${rule}`;
  return `  → carried as bytes: the port is not named http, so ${asked}`;
}

function bodyWords({ body, base64 }: { body?: string; base64?: string }): string {
  if (base64 !== undefined) return `: ${Buffer.from(base64, 'base64').length} bytes`;
  return body === undefined ? '' : `: ${body}`;
}

function forwardLines({ target, authority, timeoutMs, retry, policies, headers, destinations }: ForwardOutcome): string[] {
  const host = authority === undefined ? '' : `, Host ${authority}`;
  return [
    `  → forwarded as ${target}${host}`,
    `      timeout ${timeoutMs === undefined ? 'none' : `${timeoutMs} ms`}, ${retryWords(retry)}`,
    ...headerLines(headers),
    ...policyLines(policies),
    ...destinations.flatMap(destinationLines),
  ];
}

function retryWords({ attempts, perTryTimeoutMs, retryOn }: ForwardOutcome['retry']): string {
  if (attempts === 0) return 'no retries';
  const perTry = perTryTimeoutMs === undefined ? '' : `, ${perTryTimeoutMs} ms per try`;
  return `up to ${attempts} ${attempts === 1 ? 'retry' : 'retries'} on ${retryOn.join(', ')}${perTry}`;
}

function destinationLines({
  cluster,
  percent,
  headers,
  authority,
  policies = [],
  endpoints,
  refusal,
}: ExplainedDestination): string[] {
  return [
    `  → ${cluster}  ${Number(percent.toFixed(2))} %${authority === undefined ? '' : `, Host ${authority}`}`,
    ...headerLines(headers),
    ...policies.map((policy) => `      ${policy}`),
    ...(refusal === undefined ? [] : [`      refused, ${refusal.status}: ${refusal.detail}`]),
    ...endpoints.map(endpointLine),
  ];
}

function endpointLine({ address, port, pod, unpickable }: ExplainedEndpoint): string {
  const name = pod === undefined ? '' : `  ${pod}`;
  return unpickable === undefined ? `      ✓ ${address}:${port}${name}` : `      ✗ ${address}:${port}${name}  ${unpickable}`;
}

/** Reasons may quote what a service answered; its control characters must not reach the terminal. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');
}
