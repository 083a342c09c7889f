/** The selection a list, watch or deletion asks for in its query: labels and fields. */
import { ResourceError, parseSelector, type LabelSelector } from '@hikyaku/resources';
import { isObject } from '../json.ts';
import type { Selection } from '../store/selection.ts';
import type { Exchange } from './exchange.ts';
import type { Target } from './target.ts';

/** Fields every kind can be selected by, and those of single kinds. */
const commonFields = ['metadata.name', 'metadata.namespace'];
const fieldsByKind: Record<string, string[]> = {
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  Event: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    'reason',
    'reportingComponent',
    'type',
  ],
  Namespace: ['status.phase'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  ReplicaSet: ['status.replicas'],
};

/** Throws `BadRequest` for a selector that cannot be read or a field that cannot be selected by. */
export function selectionOf({ query }: Exchange, { kind, namespace, name }: Target): Selection {
  const fields = [
    ...parseFieldSelector(query.get('fieldSelector') ?? '', kind.kind),
    ...(name === undefined ? [] : [isField('metadata.name', name)]),
  ];
  return {
    namespace,
    labelSelector: labelsOf(query.get('labelSelector') ?? ''),
    matches: fields.length === 0 ? undefined : (object) => fields.every((matches) => matches(object)),
  };
}

function labelsOf(text: string): LabelSelector | undefined {
  if (text === '') return undefined;
  try {
    return parseSelector(text);
  } catch (error) {
    throw new ResourceError('BadRequest', `unable to parse labelSelector: ${error instanceof Error ? error.message : text}`, {
      cause: error,
    });
  }
}

type FieldTest = (object: unknown) => boolean;

/** `status.phase=Running,metadata.name!=cart` */
function parseFieldSelector(text: string, kind: string): FieldTest[] {
  return text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const [, path = '', operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
      const known = [...commonFields, ...(fieldsByKind[kind] ?? [])];
      if (operator === undefined)
        throw new ResourceError('BadRequest', `cannot read ${JSON.stringify(term)} as a field selector; write field=value`);
      if (!known.includes(path))
        throw new ResourceError(
          'BadRequest',
          `${kind} cannot be selected by ${JSON.stringify(path)}, only by ${known.join(', ')}`,
        );
      const equals = isField(path, value);
      return operator === '!=' ? (object) => !equals(object) : equals;
    });
}

function isField(path: string, value: string): FieldTest {
  const names = path.split('.');
  return (object) => {
    const found = names.reduce<unknown>((parent, name) => (isObject(parent) ? parent[name] : undefined), object);
    return value === (typeof found === 'string' || typeof found === 'number' ? String(found) : '');
  };
}
