/** The hikyaku command: arguments in, exit code out. What each command does is in the file of its name. */
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { Failure } from './failure.ts';
import type { GetOptions } from './get.ts';
import type { ExplainOptions } from './mesh.ts';
import type { MeshLogOptions } from './mesh-logs.ts';
import type { StatsOptions } from './mesh-stats.ts';
import type { UpOptions } from './up.ts';
import { version } from './version.ts';

const program = new Command('hikyaku')
  .description('Runs a whole system of microservices on this machine, straight from its Kubernetes and Istio manifests.')
  .version(version)
  .showHelpAfterError('(hikyaku --help tells more)');

const stateDir = new Option('--state-dir <dir>', 'where the state is kept (default: .hikyaku in the workspace root)').env(
  'HIKYAKU_STATE_DIR',
);

program
  .command('up')
  .description('apply the manifests and run what they describe until Ctrl-C')
  .argument('<path...>', 'manifest files, or folders that hold them')
  .addOption(
    new Option('--gateway-port <port>', 'where the gateway listens')
      .default(8080)
      .argParser(parsePort)
      .env('HIKYAKU_GATEWAY_PORT'),
  )
  .addOption(
    new Option('--gateway-tls-port <port>', 'where it serves TLS, when a Gateway asks for it')
      .default(8443)
      .argParser(parsePort)
      .env('HIKYAKU_GATEWAY_TLS_PORT'),
  )
  .addOption(
    new Option('--api-port <port>', 'where the Kubernetes API listens')
      .default(6443)
      .argParser(parsePort)
      .env('HIKYAKU_API_PORT'),
  )
  .addOption(
    new Option('--stats-port <port>', 'where the mesh tells its statistics to Prometheus; 0 for any free port')
      .default(15_020)
      .argParser(parsePortOrAny)
      .env('HIKYAKU_STATS_PORT'),
  )
  .addOption(stateDir)
  .option('--no-watch', 'do not roll a workload when its sources change')
  .addHelpText('after', '\nExample:\n  hikyaku up shop/deploy --gateway-port 9090')
  .action(async (paths: string[], options: UpOptions) => {
    const { up } = await import('./up.ts');
    await up(paths, options);
  });

program
  .command('down')
  .description('end what runs for a workspace; the data stays unless --purge is given')
  .argument('[path]', 'a path inside the workspace', '.')
  .addOption(stateDir)
  .option('--purge', 'also forget all data, logs and credentials', false)
  .action(async (path: string, options: { purge: boolean; stateDir?: string }) => {
    const { down } = await import('./down.ts');
    await down(path, options, writeLine);
  });

program
  .command('get')
  .description('list resources, as kubectl does')
  .argument('[kind]', 'pods, deployments, svc, …', 'pods')
  .argument('[name]', 'one resource by name')
  .addOption(stateDir)
  .option('-n, --namespace <name>', 'only this namespace (default: all)')
  .addOption(new Option('-o, --output <format>', 'a wider table, or the objects themselves').choices(['wide', 'yaml', 'json']))
  .action(async (kind: string, name: string | undefined, options: GetOptions) => {
    const { get } = await import('./get.ts');
    await get(kind, name, options, writeLine);
  });

program
  .command('logs')
  .description('show the logs of all Pods, or of those of the named workloads')
  .argument('[name...]', 'workloads or Pods')
  .addOption(stateDir)
  .option('-f, --follow', 'go on until Ctrl-C', false)
  .option('-p, --previous', 'of the container before the last restart', false)
  .addOption(new Option('--tail <lines>', 'how many lines of each container').default(20).argParser(parseCount))
  .action(async (names: string[], options: { follow: boolean; previous: boolean; tail: number; stateDir?: string }) => {
    const { logs } = await import('./logs.ts');
    await logs(names, options, interrupted(), writeLine);
  });

program
  .command('proxy')
  .description('run the proxy alone, as an Envoy bootstrap file (static_resources) says, until Ctrl-C')
  .requiredOption('-c, --config <file>', 'the bootstrap file, YAML or JSON')
  .option('--check', 'only say what is wrong with the file', false)
  .addHelpText('after', '\nExit code 1 when the file has mistakes.\n\nExample:\n  hikyaku proxy -c envoy.yaml')
  .action(async (options: { config: string; check: boolean }) => {
    const { runProxy } = await import('./proxy.ts');
    await runProxy(options, interrupted(), writeLine);
  });

const mesh = program
  .command('mesh')
  .description('explain where requests go, check the rules they go by, and show what became of them');

mesh
  .command('explain')
  .description('say which rule takes a request, which were passed over and why, and which endpoints can be picked')
  .argument('<method>', 'GET, POST, …')
  .argument('<url>', 'http://HOST[:PORT]/PATH, or /PATH for the gateway')
  .option('-H, --header <header>', "a header of the request, 'name: value'; may be repeated", collect)
  .option('--from <pod>', 'ask as a call from this Pod or workload (default: a request that comes to the gateway)')
  .addOption(new Option('-o, --output <format>', 'the explanation as data').choices(['json']))
  .addOption(stateDir)
  .addHelpText(
    'after',
    `
Exit code 0 when such a request is routed; 1 when it, or a share of it, is refused.

Examples:
  hikyaku mesh explain GET /api/products
  hikyaku mesh explain GET http://localhost:8080/api/products -H 'x-canary: 1'
  hikyaku mesh explain POST http://payment-service:8080/payments --from order-service`,
  )
  .action(async (method: string, url: string, options: ExplainOptions) => {
    const { explainRequest } = await import('./mesh.ts');
    if (!(await explainRequest(method, url, options, writeLine))) process.exitCode = 1;
  });

mesh
  .command('check')
  .description('find mistakes in the routing rules of manifests; nothing needs to run')
  .argument('<path...>', 'manifest files, or folders that hold them')
  .option('--strict', 'let warnings fail the check too', false)
  .addOption(new Option('-o, --output <format>', 'as data').choices(['json']))
  .addHelpText('after', '\nExit code 1 when there is an error.\n\nExample:\n  hikyaku mesh check shop/deploy --strict')
  .action(async (paths: string[], options: { strict: boolean; output?: 'json' }) => {
    const { checkManifests } = await import('./mesh.ts');
    if (!(await checkManifests(paths, options, writeLine))) process.exitCode = 1;
  });

mesh
  .command('stats')
  .description('show who calls whom, how often, how well and how fast')
  .option('-w, --watch', 'show rates and go on until Ctrl-C', false)
  .addOption(new Option('-o, --output <format>', 'the figures as data').choices(['json']))
  .addOption(stateDir)
  .addHelpText(
    'after',
    '\nCounts begin with the proxy process. Prometheus reads the same from http://127.0.0.1:15020/stats/prometheus.',
  )
  .action(async (options: StatsOptions) => {
    const { showStats } = await import('./mesh-stats.ts');
    await showStats(options, interrupted(), writeLine);
  });

mesh
  .command('logs')
  .description('show the access log, which MeshConfig or a Telemetry resource turns on')
  .option('-f, --follow', 'go on until Ctrl-C', false)
  .addOption(new Option('--tail <lines>', 'how many lines').default(20).argParser(parseCount))
  .addOption(stateDir)
  .action(async (options: MeshLogOptions) => {
    const { meshLogs } = await import('./mesh-logs.ts');
    await meshLogs(options, interrupted(), writeLine);
  });

// A closed pipe (`hikyaku logs | head`) is the reader's way of saying that it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${pc.red('error:')} ${describe(error)}\n`);
  process.exitCode = error instanceof Failure ? error.exitCode : 1;
}

/** A Failure is written for the reader; anything else is a defect, and its stack helps to mend it. */
function describe(error: unknown): string {
  if (error instanceof Failure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('expected a port, 1 to 65535.');
  return port;
}

function parsePortOrAny(text: string): number {
  return text === '0' ? 0 : parsePort(text);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('expected a whole number.');
  return count;
}
