/**
 * Our proxy without a supervisor, told on its command line how much it tells of what it carries. Only here can counting be left out: in a system every
 * request is counted.
 *
 *   node telling-proxy.ts PORT BACKEND_PORT LEVEL LOG_FILE
 */
import process from 'node:process';
import { MeshProxy } from '../../packages/mesh/src/proxy/proxy.ts';
import { defaultJson } from '../../packages/mesh/src/snapshot/telemetry/access-log-formats.ts';
import type { SideTelemetry } from '../../packages/mesh/src/snapshot/telemetry-settings.ts';
import { forwardTo, routeFor, snapshotOf } from '../../packages/mesh/src/testing/snapshots.ts';
import { services } from './configurations.ts';

const [port, backendPort] = process.argv.slice(2, 4).map(Number);
const [level = '', accessLogFile = ''] = process.argv.slice(4);

/** The backend answers anything, so it takes spans too. */
const exporter = {
  protocol: 'otlp-http' as const,
  target: { host: '127.0.0.1', port: backendPort ?? 0 },
  path: '/v1/traces',
  headers: {},
};
const tracing = { samplingPercent: 100, isReported: true, tags: {}, exporter };
const told: Record<string, SideTelemetry> = {
  log: { accessLogs: [{ provider: 'envoy', format: defaultJson }] },
  spans: { accessLogs: [], tracing },
};

const proxy = new MeshProxy({ gatewayPort: port ?? 0, telemetry: { accessLogFile } });
if (level === 'nothing') Object.assign(proxy.telemetry, { observe: () => undefined });
const routes = services.map((name) => routeFor(`/api/${name}`, forwardTo('backend.default:80')));
const snapshot = snapshotOf(routes, { 'backend.default:80': [{ address: '127.0.0.1', port: backendPort ?? 0 }] });
const client = told[level];
const telemetry = client && { policies: [{ client, server: { accessLogs: [] } }], byAddress: {}, gateway: 0 };
await proxy.apply({ ...snapshot, ...(telemetry && { telemetry }) });
await proxy.listen();
