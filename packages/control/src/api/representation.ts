/** In which form a client wants objects, by its Accept header: as they are, as a Table, or their metadata only. */
import { ResourceError, apiVersionOf, type Resource } from '@hikyaku/resources';
import type { Exchange } from './exchange.ts';
import { tableOf, type RowObject } from './table/table.ts';
import { inVersion, type Target } from './target.ts';

export interface Representation {
  one(object: Resource): unknown;
  list(objects: Resource[], resourceVersion: string): unknown;
  /** The `object` of a watch event. */
  event(object: Resource): unknown;
}

/** Throws `NotAcceptable` when the client takes no JSON. */
export function negotiate({ accept, query }: Exchange, target: Target): Representation {
  const choice = accept.split(',').map(parseMediaType).find(isServed);
  if (choice === undefined && accept !== '')
    throw new ResourceError('NotAcceptable', `only application/json is served, not ${accept}`);
  if (choice?.as === 'Table') return tables(target, rowObjectOf(query.get('includeObject')));
  if (choice?.as?.startsWith('PartialObjectMetadata') === true) return metadataOnly(target);
  return plain(target);
}

interface MediaType {
  type: string;
  as?: string | undefined;
  version?: string | undefined;
}

function parseMediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const values = new Map(
    parameters.map((parameter) => [parameter.split('=', 1)[0], parameter.slice(parameter.indexOf('=') + 1)]),
  );
  return { type, as: values.get('as'), version: values.get('v') };
}

function isServed({ type, as, version }: MediaType): boolean {
  if (!['application/json', 'application/*', '*/*'].includes(type)) return false;
  return as === undefined || (version === 'v1' && ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'].includes(as));
}

function plain(target: Target): Representation {
  return {
    one: (object) => inVersion(target, object),
    event: (object) => inVersion(target, object),
    list: (objects, resourceVersion) => ({
      kind: `${target.kind.kind}List`,
      apiVersion: apiVersionOf({ group: target.kind.group, version: target.version }),
      metadata: { resourceVersion },
      items: objects.map((object) => inVersion(target, object)),
    }),
  };
}

function tables(target: Target, rowObject: RowObject): Representation {
  let isFirst = true;
  const table = (objects: Resource[], resourceVersion?: string) =>
    tableOf(
      objects.map((object) => inVersion(target, object)),
      { kind: target.kind, rowObject, resourceVersion, nowMs: Date.now() },
    );
  return {
    one: (object) => table([object], object.metadata.resourceVersion),
    list: table,
    event: (object) => {
      const whole = table([object], object.metadata.resourceVersion);
      // The columns are sent once per watch; clients keep them.
      const event = isFirst ? whole : { ...whole, columnDefinitions: null };
      isFirst = false;
      return event;
    },
  };
}

function metadataOnly(target: Target): Representation {
  const partial = ({ metadata }: Resource) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
  return {
    one: partial,
    event: partial,
    list: (objects, resourceVersion) => ({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion },
      items: objects.map((object) => partial(inVersion(target, object))),
    }),
  };
}

function rowObjectOf(value: string | null): RowObject {
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
