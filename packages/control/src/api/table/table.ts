/** Objects as a meta.k8s.io/v1 Table: the server decides about columns and cells, so every client prints the same. */
import type { Kind, ObjectMeta, Resource } from '@hikyaku/resources';
import { columnsOf } from './columns.ts';

export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: { resourceVersion?: string };
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[];
  rows: { cells: (string | number)[]; object?: RowContent }[];
}

/** The object itself, or a PartialObjectMetadata of it. */
export interface RowContent {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** How much of each object comes with its row. */
export type RowObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  kind: Pick<Kind, 'group' | 'kind'>;
  rowObject: RowObject;
  resourceVersion?: string | undefined;
  nowMs: number;
}

export function tableOf(objects: readonly Resource[], { kind, rowObject, resourceVersion, nowMs }: TableOptions): Table {
  const columns = columnsOf(kind);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: columns.map(({ name, isWide = false }) => ({
      name,
      type: 'string',
      // The column kubectl knows an object by, e.g. to leave it out with `-o name`.
      format: name === 'Name' ? 'name' : '',
      description: name,
      priority: isWide ? 1 : 0,
    })),
    rows: objects.map((object) => ({ cells: columns.map(({ cell }) => cell(object, nowMs)), ...rowContent(object, rowObject) })),
  };
}

function rowContent(object: Resource, rowObject: RowObject): { object?: RowContent } {
  if (rowObject === 'None') return {};
  if (rowObject === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } };
}
