/**
 * The proxy process. Lives as long as its IPC channel: when the supervisor goes, however it goes, this process goes too and holds
 * no port.
 */
import process from 'node:process';
import { isToProxy } from '../control/messages.ts';
import type { FromProxy, ProxyArguments, ToProxy } from '../control/messages.ts';
import { merge } from '../snapshot/diff.ts';
import { isAssigned } from '../snapshot/gateway-api/addresses.ts';
import { SnapshotServer } from '../snapshot-feed/snapshot-server.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { StatsServer } from '../telemetry/stats-server.ts';
import { MeshProxy } from './proxy.ts';

/** How long requests under way may take to finish when the system stops. */
const drainMs = 2_000;
/** How often a port that is taken is tried again. */
const retryMs = 1_000;

// Written by the other end, which is the same version of the same program.
const {
  gatewayPort,
  gatewayTlsPort = 0,
  statsPort,
  snapshotSocket,
  accessLogFile,
} = JSON.parse(process.argv[2] ?? '') as ProxyArguments;
const { OTEL_EXPORTER_OTLP_ENDPOINT: spanEndpoint = '' } = process.env;
const proxy = new MeshProxy({
  gatewayPort,
  gatewayTlsPort,
  telemetry: {
    onTrouble: (message) => send({ type: 'trouble', message }),
    ...(accessLogFile !== undefined && { accessLogFile }),
    ...(spanEndpoint !== '' && { defaultEndpoint: spanEndpoint }),
  },
});
const followers = new SnapshotServer(proxy.telemetry);
let isListening = false;
/** The latest that arrived, in force or about to be. */
let latest: Snapshot | undefined;
let latestVersion = 0;
let retry: NodeJS.Timeout | undefined;
/** Snapshots are applied one after the other. */
let applying = Promise.resolve();

// Without it, everybody's calls come through here.
const served = snapshotSocket === undefined ? undefined : followers.listen(snapshotSocket).catch(whyNotServed);

process.title = 'hikyaku-proxy';
// Ctrl-C reaches the whole process group; services still call each other while they stop, so the supervisor says when.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  if (!isToProxy(message)) return;
  if (message.type === 'stop') void proxy.close(drainMs).finally(() => process.exit());
  else receive(message);
});

function receive(message: Exclude<ToProxy, { type: 'stop' }>): void {
  const snapshot = message.type === 'snapshot' ? message.snapshot : latest && merge(latest, message.patch);
  if (snapshot === undefined) throw new Error(`change ${message.version} came before any snapshot`);
  latest = snapshot;
  latestVersion = message.version;
  applying = applying.then(() => apply(message.version, snapshot));
}

async function apply(version: number, snapshot: Snapshot): Promise<void> {
  const warnings = await proxy.apply(snapshot);
  // Spans of all calls are wanted here, so all calls come here.
  followers.publish(spanEndpoint === '' ? snapshot : { ...snapshot, services: [] });
  const notServed = await served;
  if (notServed !== undefined) warnings.push(notServed);
  if (!isListening) await listen();
  const { gatewayTlsPort: tlsPort, portFailures } = proxy;
  send({ type: 'applied', version, warnings, portFailures, ...(tlsPort !== undefined && { gatewayTlsPort: tlsPort }) });
  clearTimeout(retry);
  // What is assigned is served elsewhere too, and rights are not given later.
  if (portFailures.some(({ place, code }) => code !== 'EACCES' || !isAssigned(place)))
    retry = setTimeout(() => void (applying = applying.then(() => applyAgain(version))), retryMs);
}

/** Whoever holds a port of the gateway may have let it go. */
async function applyAgain(version: number): Promise<void> {
  if (latest !== undefined && version === latestVersion) await apply(version, latest);
}

function whyNotServed(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `Node services cannot follow the mesh's rules, so their calls go through the proxy: ${reason}`;
}

async function listen(): Promise<void> {
  try {
    const port = await proxy.listen();
    const stats = statsPort === undefined ? {} : { statsPort: await serveStats(statsPort) };
    isListening = true;
    send({ type: 'listening', port, ...stats });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    send({ type: 'failed', code, message: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
  }
}

function serveStats(port: number): Promise<number> {
  return new StatsServer({ port, telemetry: proxy.telemetry, isReady: () => isListening }).listen();
}

function send(message: FromProxy, done?: () => void): void {
  process.send?.(message, undefined, undefined, () => done?.());
}
