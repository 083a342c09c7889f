/** Deployments, ReplicaSets and StatefulSets: the Pods they make must be the Pods they select. */
import { formatSelector, matchesSelector } from '../../labels.ts';
import type { SelectorLike } from '../../labels.ts';
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateErrors, labelErrors } from './names.ts';
import { podSpecErrors } from './pod.ts';

export function workloadErrors(resource: Cursor): FieldError[] {
  const spec = resource.at('spec');
  const template = spec.at('template');
  const claims = spec
    .at('volumeClaimTemplates')
    .items()
    .map((claim) => claim.at('metadata', 'name'));
  return [
    ...nonNegativeErrors(
      ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'].map((name) => spec.at(name)),
    ),
    ...selectorErrors(spec.at('selector'), template.at('metadata', 'labels')),
    ...labelErrors(template.at('metadata', 'labels')),
    ...restartPolicyErrors(template.at('spec', 'restartPolicy')),
    ...claims.filter(({ exists }) => !exists).map((name) => name.required()),
    ...duplicateErrors(claims),
    ...podSpecErrors(
      template.at('spec'),
      claims.flatMap(({ text }) => text ?? []),
    ),
    ...rolloutErrors(spec.at('strategy')),
  ];
}

function nonNegativeErrors(numbers: Cursor[]): FieldError[] {
  return numbers.flatMap((place) =>
    place.number !== undefined && place.number < 0 ? [place.invalid(`must be 0 or more, got ${place.number}`)] : [],
  );
}

function selectorErrors(place: Cursor, labels: Cursor): FieldError[] {
  if (!place.exists) return [];
  const selector = readSelector(place);
  if (formatSelector(selector) === '') return [place.invalid('must not be empty: it would select every Pod')];
  if (matchesSelector(selector, labels.texts())) return [];
  return [labels.exists ? labels.invalid(`must match spec.selector (${formatSelector(selector)})`) : labels.required()];
}

function readSelector(place: Cursor): SelectorLike {
  const matchExpressions = place
    .at('matchExpressions')
    .items()
    .map((requirement) => ({
      key: requirement.at('key').text ?? '',
      operator: requirement.at('operator').text ?? '',
      values: requirement
        .at('values')
        .items()
        .flatMap(({ text }) => text ?? []),
    }));
  return { matchLabels: place.at('matchLabels').texts(), matchExpressions };
}

function restartPolicyErrors(policy: Cursor): FieldError[] {
  return policy.exists && policy.value !== 'Always'
    ? [policy.invalid(`must be Always in the template of a workload, got ${show(policy.value)}`)]
    : [];
}

function rolloutErrors(strategy: Cursor): FieldError[] {
  const rolling = strategy.at('rollingUpdate');
  const bounds = [rolling.at('maxSurge'), rolling.at('maxUnavailable')];
  const both = bounds.every(({ value }) => value === 0 || value === '0%');
  return [
    ...bounds.flatMap(boundErrors),
    ...(both
      ? [rolling.invalid('must let maxSurge or maxUnavailable be more than 0: with both 0 no update could make a step')]
      : []),
    ...(strategy.at('type').value === 'Recreate' && rolling.exists ? [rolling.invalid('has no place beside type Recreate')] : []),
  ];
}

function boundErrors(bound: Cursor): FieldError[] {
  const isGood =
    !bound.exists ||
    (typeof bound.value === 'number' && bound.value >= 0) ||
    (bound.text !== undefined && /^\d+%$/.test(bound.text));
  return isGood ? [] : [bound.invalid(`must be a number or a percentage like 25%, got ${show(bound.value)}`)];
}
