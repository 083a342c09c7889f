/** `hikyaku mesh stats`: who calls whom, how often, how well and how fast, and what was ejected or refused, as the proxy has counted it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterSummary, EdgeSummary } from '@hikyaku/mesh';
import { Failure } from './failure.ts';
import { formatColumns } from './columns.ts';
import { formatClusters } from './mesh-clusters.ts';
import { findWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

export interface StatsOptions {
  watch: boolean;
  output?: 'json';
  stateDir?: string;
}

const watchMs = 2_000;

/** Prints once, or, when watching, again and again until `signal` aborts. */
export async function showStats(options: StatsOptions, signal: AbortSignal, print: (text: string) => void): Promise<void> {
  const url = await statsUrl(findWorkspace('.', options.stateDir));
  let before: { edges: EdgeSummary[]; atMs: number } | undefined;
  do {
    const { edges, clusters } = await fetchStats(url);
    const atMs = performance.now();
    if (options.output === 'json') print(JSON.stringify({ edges, clusters }, null, options.watch ? undefined : 2));
    else {
      const rates = before && { edges: before.edges, seconds: (atMs - before.atMs) / 1000 };
      const tables = [formatEdges(edges, rates), formatClusters(clusters, Date.now())];
      print(tables.filter((table) => table !== undefined).join('\n\n'));
    }
    before = { edges, atMs };
    if (options.watch) await delay(watchMs, undefined, { signal }).catch(() => undefined);
  } while (options.watch && !signal.aborted);
}

/** Where other commands find the statistics of the system that runs; to be called when it starts. */
export async function rememberStatsUrl(workspace: Workspace, url: string): Promise<void> {
  const file = statsFile(workspace);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, url, { mode: 0o600 });
}

function statsFile({ stateDir }: Workspace): string {
  return join(stateDir, 'run', 'mesh-stats-url');
}

async function statsUrl(workspace: Workspace): Promise<string> {
  try {
    return await readFile(statsFile(workspace), 'utf8');
  } catch (error) {
    throw new Failure(`hikyaku is not running for ${workspace.root}: start it with \`npx hikyaku up DIR\``, { cause: error });
  }
}

interface Stats {
  edges: EdgeSummary[];
  clusters: ClusterSummary[];
}

async function fetchStats(url: string): Promise<Stats> {
  try {
    const response = await fetch(`${url}/stats/edges`);
    // Written by the same version of the same program.
    return (await response.json()) as Stats;
  } catch (error) {
    throw new Failure(`the mesh does not answer at ${url}: does \`npx hikyaku up DIR\` run?`, { cause: error });
  }
}

/** With `before`, rates over the time since; without, totals. */
export function formatEdges(edges: readonly EdgeSummary[], before?: { edges: readonly EdgeSummary[]; seconds: number }): string {
  const http = edges.filter(({ requests }) => requests > 0).sort(byNames);
  const tcp = edges.filter((edge) => edge.tcp !== undefined).sort(byNames);
  if (http.length + tcp.length === 0) return 'no traffic yet';
  return [
    ...(http.length > 0
      ? [
          formatColumns(
            requestHeader(before !== undefined),
            http.map((edge) => requestRow(edge, before)),
          ),
        ]
      : []),
    ...(tcp.length > 0
      ? [formatColumns(['SOURCE', 'DESTINATION', 'CONNECTIONS', 'OPEN', 'SENT', 'RECEIVED'], tcp.map(connectionRow))]
      : []),
  ].join('\n\n');
}

function requestHeader(isRate: boolean): string[] {
  return [
    'SOURCE',
    'DESTINATION',
    'VERSION',
    isRate ? 'RATE' : 'REQUESTS',
    'SUCCESS',
    'P50',
    'P95',
    'P99',
    'RETRIES',
    'ENDED AS',
  ];
}

function requestRow(edge: EdgeSummary, before: { edges: readonly EdgeSummary[]; seconds: number } | undefined): string[] {
  const earlier = before?.edges.find((other) => keyOf(other) === keyOf(edge));
  const { requests, failed } = since(edge, earlier);
  const { p50, p95, p99 } = edge.latencyMs ?? {};
  const ends = Object.entries(edge.ends).sort(([, a], [, b]) => b - a);
  return [
    edge.source,
    edge.service,
    edge.version ?? '-',
    before === undefined ? String(requests) : `${(requests / before.seconds).toFixed(1)}/s`,
    requests === 0 ? '-' : `${(100 * (1 - failed / requests)).toFixed(failed === 0 ? 0 : 2)} %`,
    ...[p50, p95, p99].map(formatMs),
    String(edge.retries),
    ends.map(([end, count]) => `${end} × ${count}`).join(', '),
  ];
}

/** A proxy process that was started again counts from 0. */
function since(edge: EdgeSummary, earlier: EdgeSummary | undefined): { requests: number; failed: number } {
  if (earlier === undefined || earlier.requests > edge.requests) return edge;
  return { requests: edge.requests - earlier.requests, failed: edge.failed - earlier.failed };
}

function connectionRow({ source, service, tcp }: EdgeSummary): string[] {
  if (tcp === undefined) return [];
  const { opened, closed, sentBytes, receivedBytes } = tcp;
  return [source, service, String(opened), String(opened - closed), formatBytes(sentBytes), formatBytes(receivedBytes)];
}

function formatMs(value: number | undefined): string {
  return value === undefined ? '-' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function byNames(a: EdgeSummary, b: EdgeSummary): number {
  return keyOf(a).localeCompare(keyOf(b));
}

function keyOf({ source, service, workload, version }: EdgeSummary): string {
  return [source, service, workload, version].join(' ');
}
