/** What an update may not change, as Kubernetes has it: most of a Pod, selectors, the shape of a StatefulSet. */
import { fieldError, type FieldError, type Resource } from '@hikyaku/resources';
import { isObject, isSameJson } from '../json.ts';

export function immutableFieldErrors(object: Resource, old: Resource): FieldError[] {
  const check = checks[object.kind];
  return check === undefined ? [] : check(object, old);
}

const checks: Record<string, (object: Resource, old: Resource) => FieldError[]> = {
  Deployment: selectorIsFixed,
  ReplicaSet: selectorIsFixed,
  StatefulSet: (object, old) => {
    const allowed = [
      'replicas',
      'ordinals',
      'template',
      'updateStrategy',
      'revisionHistoryLimit',
      'persistentVolumeClaimRetentionPolicy',
      'minReadySeconds',
    ];
    if (isSameJson(without(object.spec, allowed), without(old.spec, allowed))) return [];
    return [
      fieldError(
        ['spec'],
        `of a StatefulSet may change only in ${allowed.join(', ')}; delete it and create it again for the rest`,
      ),
    ];
  },
  Pod: (object, old) => {
    if (isSameJson(fixedPartOfPod(object), fixedPartOfPod(old)) && mayBind(object, old)) return [];
    return [fieldError(['spec'], 'of a Pod may change only in container images, tolerations and terminationGracePeriodSeconds')];
  },
  ConfigMap: immutableData,
  Secret: immutableData,
};

function selectorIsFixed(object: Resource, old: Resource): FieldError[] {
  const [now, before] = [member(object.spec, 'selector'), member(old.spec, 'selector')];
  return isSameJson(now, before)
    ? []
    : [fieldError(['spec', 'selector'], 'may not be changed; delete the object and create it again')];
}

function immutableData(object: Resource, old: Resource): FieldError[] {
  if (member(old, 'immutable') !== true) return [];
  const changed = ['data', 'binaryData', 'immutable'].filter((field) => !isSameJson(member(object, field), member(old, field)));
  return changed.map((field) => fieldError([field], 'may not be changed when `immutable` is set'));
}

function fixedPartOfPod({ spec }: Resource): unknown {
  const fixed = without(spec, [
    'nodeName',
    'tolerations',
    'terminationGracePeriodSeconds',
    'activeDeadlineSeconds',
    'containers',
    'initContainers',
  ]);
  const containers = ['containers', 'initContainers'].map((list) => {
    const items = member(spec, list);
    return Array.isArray(items) ? items.map((container) => without(container, ['image'])) : [];
  });
  return { ...fixed, containers };
}

/** The node takes a Pod by writing its name into it, once. */
function mayBind(object: Resource, old: Resource): boolean {
  const before = member(old.spec, 'nodeName');
  return before === undefined || before === member(object.spec, 'nodeName');
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function without(value: unknown, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter(([name]) => !names.includes(name)));
}
