/** `hikyaku mesh explain` and `hikyaku mesh check`: what the mesh does with a request, and what is wrong with its rules before any is sent. */
import { BadRequestError, checkRoutes, explain, formatExplanation, meshView } from '@hikyaku/mesh';
import type { AskedRequest, ExplainedCaller, Explanation, MeshResources } from '@hikyaku/mesh';
import { formatDiagnostics, loadManifests } from '@hikyaku/resources';
import type { Pod, ResourceClient } from '@hikyaku/resources';
import { Failure } from './failure.ts';
import { connectToWorkspace } from './logs.ts';

export interface ExplainOptions {
  /** `name: value` each, as curl takes them. */
  header?: string[];
  /** `pod`, `namespace/pod` or the name of a workload; the gateway when absent. */
  from?: string;
  output?: 'json';
  stateDir?: string;
}

/** Resolves with whether the request would be routed. */
export async function explainRequest(
  method: string,
  url: string,
  options: ExplainOptions,
  print: (text: string) => void,
): Promise<boolean> {
  const request = { method: method.toUpperCase(), url, headers: (options.header ?? []).map(parseHeader) };
  const resources = await readResources(await connectToWorkspace(options.stateDir));
  const caller = options.from === undefined ? undefined : findCaller(options.from, resources.pods);
  const explanation = explained(resources, request, caller);
  print(options.output === 'json' ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation));
  return explanation.isRouted;
}

function explained(resources: MeshResources, request: AskedRequest, caller: ExplainedCaller | undefined): Explanation {
  try {
    return explain(resources, request, caller);
  } catch (error) {
    if (error instanceof BadRequestError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}

function parseHeader(text: string): [string, string] {
  const [, name, value] = /^([!#$%&'*+\-.^_`|~\w]+):\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new Failure(`${JSON.stringify(text)} is no header: expected 'name: value'`);
  return [name, value];
}

async function readResources(client: ResourceClient): Promise<MeshResources> {
  const read = await meshView(async (kind) => {
    const { items } = await client.list(kind);
    return () => items;
  });
  return read();
}

/** The rules depend on the caller's namespace and labels, so any Pod of a workload stands for it. */
function findCaller(wanted: string, pods: readonly Pod[]): ExplainedCaller {
  const [name = '', ownNamespace] = wanted.split('/').reverse();
  const found = pods.filter(({ metadata }) => {
    const isNamed = metadata.name === name || metadata.name.startsWith(`${name}-`);
    return isNamed && (ownNamespace === undefined || metadata.namespace === ownNamespace);
  });
  const namespaces = [...new Set(found.map(({ metadata }) => metadata.namespace ?? 'default'))];
  const [namespace, other] = namespaces;
  if (namespace === undefined) throw new Failure(`no Pod is called ${wanted}; \`npx hikyaku get pods\` lists them`);
  if (other !== undefined)
    throw new Failure(`${wanted} is in several namespaces; say which: ${namespaces.map((each) => `${each}/${name}`).join(', ')}`);
  return { namespace, labels: found[0]?.metadata.labels ?? {} };
}

/** Resolves with whether there is nothing to mend: no error and, when `strict`, no warning either. */
export async function checkManifests(
  paths: string[],
  { strict, output }: { strict: boolean; output?: 'json' },
  print: (text: string) => void,
): Promise<boolean> {
  const { diagnostics, files } = await loadManifests(paths, [checkRoutes]);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const isGood = errors === 0 && (warnings === 0 || !strict);
  if (output === 'json') {
    print(JSON.stringify({ isGood, files: files.length, errors, warnings, diagnostics }, null, 2));
    return isGood;
  }
  if (diagnostics.length > 0) print(formatDiagnostics(diagnostics, { colors: process.stdout.isTTY }));
  print(`${counted(files.length, 'file')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  return isGood;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
