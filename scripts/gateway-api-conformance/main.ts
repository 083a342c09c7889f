/**
 * `npm run conformance:gateway-api [-- -run-test=NAME …]`: the Gateway API's own conformance suite against `hikyaku up`. Needs Go, and the right to
 * listen on ports 80 and 443, because the suite calls listeners by their numbers: root, or the sysctl net.ipv4.ip_unprivileged_port_start=80.
 * Ends with the suite's exit code. What is left out, and why, is in docs/conformance.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@hikyaku/control';
import { GatewayClasses } from '@hikyaku/resources';
import { build } from './build.ts';

const features = [
  ...['Gateway', 'GatewayPort8080', 'GatewayHTTPListenerIsolation', 'GatewayHTTPSListenerDetectMisdirectedRequests'],
  ...['GRPCRoute', 'GRPCRouteNamedRouteRule', 'ReferenceGrant', 'HTTPRoute'],
  ...[
    ...['DestinationPortMatching', 'BackendRequestHeaderModification', 'QueryParamMatching', 'MethodMatching', 'ParentRefPort'],
    ...['ResponseHeaderModification', 'PortRedirect', 'SchemeRedirect', 'PathRedirect', 'HostRewrite', 'PathRewrite', 'CORS'],
    ...['303RedirectStatusCode', '307RedirectStatusCode', '308RedirectStatusCode', 'NamedRouteRule', 'RequestTimeout'],
    ...['BackendTimeout', 'RequestMirror', 'RequestMultipleMirrors', 'RequestPercentageMirror', 'BackendProtocolH2C'],
    ...['BackendProtocolWebSocket', 'Retry', 'RetryBackendTimeout', 'RetryConnectionError'],
  ].map((feature) => `HTTPRoute${feature}`),
];
const { suite, backend } = build(madeFolder(join(tmpdir(), 'hikyaku-conformance-build')));
const workspace = mkdtempSync(join(tmpdir(), 'hikyaku-conformance-'));
writeFileSync(join(workspace, 'hikyaku.yaml'), images(backend));
writeFileSync(join(workspace, 'empty.yaml'), 'apiVersion: v1\nkind: Namespace\nmetadata: { name: empty }\n');
const cli = resolve(import.meta.dirname, '../../packages/cli/bin/hikyaku.mjs');
const ports = ['--gateway-port', '80', '--gateway-tls-port', '443', '--api-port', '16443', '--stats-port', '0'];
const system = spawn(process.execPath, [cli, 'up', 'empty.yaml', '--no-watch', ...ports], { cwd: workspace, stdio: 'inherit' });
const kubeconfig = join(workspace, '.hikyaku/kubeconfig');
try {
  // The suite waits until the class is accepted, but not until it is there.
  while (!(await isClassThere()) && system.exitCode === null) await wait(100);
  const options = [
    ...['-test.run', 'TestConformance', '-test.v', '-gateway-class=hikyaku', '-disable-parallel-tests'],
    ...['-cleanup-base-resources=false', `-supported-features=${features.join(',')}`],
  ];
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const run = system.exitCode === null ? runSuite(suite, [...options, ...process.argv.slice(2)], env) : undefined;
  process.exitCode = run ?? 1;
} finally {
  system.kill('SIGTERM');
  while (system.exitCode === null && system.signalCode === null) await wait(50);
  rmSync(workspace, { recursive: true, force: true });
}

async function isClassThere(): Promise<boolean> {
  try {
    const client = await connect(kubeconfig);
    return (await client.get(GatewayClasses, '', 'hikyaku')) !== undefined;
  } catch {
    return false;
  }
}

function runSuite(file: string, args: string[], env: NodeJS.ProcessEnv): number | null {
  return spawnSync(file, args, { stdio: 'inherit', env }).status;
}

/** The suite's manifests name these images. Its DNS server serves tests of UDP, which is not served here. */
function images(echo: string): string {
  return `images:\n  echo-basic: { command: [${echo}] }\n  coredns: { command: [tail, -f, /dev/null, --] }\n`;
}

function madeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
