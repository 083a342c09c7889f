/** `hikyaku get`: the API server's own tables, so that it prints what kubectl prints; or the objects themselves. */
import type { Table } from '@hikyaku/control';
import { allKinds } from '@hikyaku/resources';
import type { Kind } from '@hikyaku/resources';
import { stringify } from 'yaml';
import { formatColumns } from './columns.ts';
import { Failure } from './failure.ts';
import { connectToWorkspace } from './logs.ts';

export interface GetOptions {
  /** Only this namespace; all when absent. */
  namespace?: string;
  output?: 'wide' | 'yaml' | 'json';
  stateDir?: string;
}

export async function get(
  kindName: string,
  name: string | undefined,
  options: GetOptions,
  print: (text: string) => void,
): Promise<void> {
  const kind = findKind(kindName);
  const client = await connectToWorkspace(options.stateDir);
  const scope = options.namespace === undefined ? {} : { namespace: options.namespace };
  if (options.output === 'yaml' || options.output === 'json') {
    const { items } = await client.list(kind, scope);
    const chosen = items.filter(({ metadata }) => name === undefined || metadata.name === name);
    const shown = name === undefined ? { apiVersion: 'v1', kind: 'List', items: chosen } : (chosen[0] ?? missing(kind, name));
    print(options.output === 'json' ? JSON.stringify(shown, null, 2) : stringify(shown).trimEnd());
    return;
  }
  const table = await client.table(kind, { ...scope, ...(name !== undefined && { name }) });
  if (table.rows.length === 0) {
    if (name !== undefined) missing(kind, name);
    print(`no ${kind.plural}`);
    return;
  }
  print(formatTable(table, { wide: options.output === 'wide', namespaces: kind.namespaced && options.namespace === undefined }));
}

/** By any of the names kubectl takes: plural, with the group too, singular, short, in either case. */
export function findKind(name: string): Kind {
  const wanted = name.toLowerCase();
  const kind = allKinds.find(({ plural, group, singular, shortNames }) =>
    [plural, `${plural}.${group}`, singular, ...shortNames].includes(wanted),
  );
  if (kind === undefined)
    throw new Failure(`no kind is called "${name}"; there are: ${allKinds.map(({ plural }) => plural).join(', ')}`);
  return kind;
}

function missing(kind: Kind, name: string): never {
  throw new Failure(`there is no ${kind.kind} "${name}"; \`npx hikyaku get ${kind.plural}\` lists them`);
}

function formatTable({ columnDefinitions, rows }: Table, { wide, namespaces }: { wide: boolean; namespaces: boolean }): string {
  const shown = columnDefinitions.flatMap(({ priority }, index) => (wide || priority === 0 ? [index] : []));
  const header = shown.map((index) => columnDefinitions[index]?.name.toUpperCase() ?? '');
  const lines = rows.map(({ cells, object }) => [
    ...(namespaces ? [object?.metadata.namespace ?? ''] : []),
    ...shown.map((index) => String(cells[index] ?? '')),
  ]);
  return formatColumns([...(namespaces ? ['NAMESPACE'] : []), ...header], lines);
}
