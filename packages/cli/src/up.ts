/**
 * `hikyaku up`: checks the manifests, starts the system, shows how it comes up, keeps it in step with its sources, and ends it on a signal.
 */
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { checkRoutes } from '@hikyaku/mesh';
import { aborted, formatDiagnostics, loadManifests } from '@hikyaku/resources';
import type { Manifests } from '@hikyaku/resources';
import pc from 'picocolors';
import { applyAll } from './apply.ts';
import { Failure } from './failure.ts';
import { acquireLock } from './lock.ts';
import { assertPortFree, assertPortsDiffer } from './ports.ts';
import { processTree, totalResidentBytes } from './processes.ts';
import { createDisplay } from './progress/display.ts';
import type { Display } from './progress/display.ts';
import { StateFeed } from './progress/state-feed.ts';
import { watchView } from './progress/watch.ts';
import { workloadStates } from './progress/workload.ts';
import type { View } from './progress/workload.ts';
import { servicesReachable } from './reachable.ts';
import { watchSources } from './sources.ts';
import { startSupervisor } from './supervisor.ts';
import type { Supervisor } from './supervisor.ts';
import { version } from './version.ts';
import { findWorkspace, prepareStateDir } from './workspace.ts';

export interface UpOptions {
  gatewayPort: number;
  /** Opened when a Gateway serves TLS. */
  gatewayTlsPort: number;
  apiPort: number;
  /** 0 lets the system choose. */
  statsPort: number;
  /** Where the state is kept; `.hikyaku` in the workspace root when absent. */
  stateDir?: string;
  /** Roll a workload when its sources change. */
  watch: boolean;
}

interface RunOptions extends UpOptions {
  /** Milliseconds, of `performance.now()`. */
  startedAt: number;
  kubeconfig: string;
}

/** Runs the system until SIGINT or SIGTERM; resolves when everything has ended. Throws a Failure when it cannot start. */
export async function up(paths: string[], options: UpOptions): Promise<void> {
  const startedAt = performance.now();
  const manifests = await checkedManifests(paths);
  const workspace = findWorkspace(paths[0] ?? '.', options.stateDir);
  await prepareStateDir(workspace);
  const release = acquireLock(workspace);
  const display = createDisplay(process.stdout);
  const stop = stopSignal(display);
  try {
    const ports = [
      { port: options.gatewayPort, what: 'gateway', option: '--gateway-port' },
      { port: options.apiPort, what: 'Kubernetes API', option: '--api-port' },
      ...(servesTls(manifests) ? [{ port: options.gatewayTlsPort, what: 'gateway (TLS)', option: '--gateway-tls-port' }] : []),
      { port: options.statsPort, what: 'mesh statistics', option: '--stats-port' },
    ];
    assertPortsDiffer(ports);
    for (const port of ports) await assertPortFree(port);
    display.print(`${pc.bold('hikyaku')} ${version}  ${paths.join(' ')}  ${manifests.resources.length} resources\n`);
    const supervisor = await startSupervisor({
      workspace,
      ...options,
      signal: stop,
      onWarning: (message) => display.print(pc.yellow(`! ${message}`)),
    });
    try {
      if (!stop.aborted)
        await run(supervisor, manifests, display, stop, { ...options, startedAt, kubeconfig: workspace.kubeconfig });
    } finally {
      await supervisor.close();
      display.close();
    }
  } finally {
    release();
  }
  display.print('stopped; the data is kept (`npx hikyaku down --purge` forgets it)');
}

async function run(
  supervisor: Supervisor,
  manifests: Manifests,
  display: Display,
  stop: AbortSignal,
  options: RunOptions,
): Promise<void> {
  const { client, node } = supervisor;
  const { pruned } = applyAll(
    client,
    manifests.resources.map(({ resource }) => resource),
  );
  for (const { kind, metadata } of pruned) display.print(`removed ${kind} ${metadata.name}: no manifest holds it any more`);
  const states = new StateFeed();
  let latest: View = { workloads: [], pods: [], services: [] };
  await watchView(client, stop, (view) => {
    latest = view;
    states.update(workloadStates(view));
  });
  states.subscribe((current) => display.update(current));
  // Before anything is ready: a service that does not start because of its source is mended there, too.
  if (options.watch) {
    await watchSources({
      client,
      signal: stop,
      sourcesOf: (image) => node.images.sources(image),
      onRoll: (workload, file) => display.print(`${pc.cyan('↻')} ${workload}: ${file} changed, rolling`),
      onWarning: (message) => display.print(pc.yellow(`! ${message}`)),
    });
  }
  await states.until((current) => current.length > 0 && current.every(({ phase }) => phase === 'ready'), stop);
  await servicesReachable(latest, stop);
  if (stop.aborted) return;
  display.close();
  printReady(display, { ...options, statsUrl: supervisor.statsUrl, moreGatewayUrls: supervisor.moreGatewayUrls() });
  reportChanges(states, display);
  await aborted(stop);
}

/** Loads and checks all manifests; prints what is wrong with any of them and, when that includes an error, applies none. */
async function checkedManifests(paths: string[]): Promise<Manifests> {
  const manifests = await loadManifests(paths, [checkRoutes]);
  if (manifests.diagnostics.length > 0)
    process.stderr.write(`${formatDiagnostics(manifests.diagnostics, { colors: pc.isColorSupported })}\n`);
  const errors = manifests.diagnostics.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new Failure(`${errors === 1 ? '1 mistake' : `${errors} mistakes`} in the manifests; nothing was applied`);
  if (manifests.resources.length === 0)
    throw new Failure(`no resources in ${paths.join(', ')}: expected Kubernetes manifests in *.yaml, *.yml or *.json files`);
  return manifests;
}

/** Whether any Gateway, Istio's or the Gateway API's, says something of TLS. */
function servesTls({ resources }: Manifests): boolean {
  return resources.some(({ resource }) => {
    if (resource.kind !== 'Gateway' || !('spec' in resource)) return false;
    return /"(?:tls|protocol)":(?:\{|"(?:HTTPS|TLS)")/.test(JSON.stringify(resource.spec));
  });
}

function printReady(display: Display, options: RunOptions & { statsUrl: string; moreGatewayUrls: string[] }): void {
  const { startedAt, gatewayPort, moreGatewayUrls, apiPort, kubeconfig, statsUrl } = options;
  const more = moreGatewayUrls.map((url) => `  ${pc.cyan(url)}`).join('');
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const processes = processTree(process.pid);
  const megabytes = Math.round(totalResidentBytes(processes) / 1e6);
  display.print(`
${pc.green('ready')} in ${pc.bold(`${seconds} s`)}, ${processes.length} processes, ${pc.bold(`${megabytes} MB`)} resident

  gateway         ${pc.cyan(`http://localhost:${gatewayPort}`)}${more}
  Kubernetes API  https://127.0.0.1:${apiPort}  ${pc.dim(`KUBECONFIG=${relative(process.cwd(), kubeconfig)}`)}
  logs            npx hikyaku logs -f
  traffic         npx hikyaku mesh stats  ${pc.dim(`${statsUrl}/stats/prometheus`)}

Ctrl-C stops all of it.
`);
}

/** After the start: one line when a workload leaves or regains readiness, and how long it took to come back. */
function reportChanges(states: StateFeed, display: Display): void {
  const last = new Map<string, string>();
  const leftAt = new Map<string, number>();
  states.subscribe((current) => {
    for (const { name, phase, ready, wanted, why, detail } of current) {
      const line = [`${name}: ${phase} ${ready}/${wanted}`, why].filter((part) => part !== undefined).join(': ');
      const before = last.get(name);
      last.set(name, line);
      if (before === undefined || before === line) continue;
      if (phase !== 'ready' && !leftAt.has(name)) leftAt.set(name, performance.now());
      const tookMs = performance.now() - (leftAt.get(name) ?? performance.now());
      if (phase === 'ready') leftAt.delete(name);
      display.print(
        phase === 'ready' ? `${pc.green('✓')} ${line} after ${(tookMs / 1000).toFixed(1)} s` : `${pc.yellow('·')} ${line}`,
      );
      if (phase === 'failing') for (const text of detail ?? []) display.print(pc.dim(`    ${text}`));
    }
  });
}

/** Ctrl-C reaches a process twice when a parent (npm, a shell script) passes it on: what comes this soon is no second wish. */
const sameSignalMs = 500;

/** Aborts on the first SIGINT, SIGTERM or SIGHUP (the terminal is gone). The second one ends the process at once; the watchdog then ends its Pods. */
function stopSignal(display: Display): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  const onSignal = (): void => {
    if (controller.signal.aborted && performance.now() - stoppedAt < sameSignalMs) return;
    if (controller.signal.aborted) process.exit(130);
    stoppedAt = performance.now();
    display.close();
    display.print('\nstopping … (again to kill at once)');
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  return controller.signal;
}
