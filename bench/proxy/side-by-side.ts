/** Ours and the peers, all running, on the same small requests: as fast as it goes, and at a fixed rate. */
import { atRate, saturate } from './load.ts';
import { startMeshProxy } from './mesh.ts';
import { peers, startBackend } from './peers.ts';
import type { Program } from './processes.ts';
import { interleave } from './rounds.ts';
import type { Contender } from './rounds.ts';
import { milliseconds, rate, ratio } from './table.ts';
import type { Table } from './table.ts';

export interface Extent {
  rounds: number;
  /** How long one turn of one contender takes. */
  seconds: number;
}

const fixedRate = 3000;

export async function sideBySide({ rounds, seconds }: Extent): Promise<Table[]> {
  await using backend = await startBackend();
  await using mesh = await startMeshProxy(backend.port);
  const started = await startPeers(backend.port);
  try {
    const running = started.flatMap(({ name, program }) =>
      program === undefined ? [] : [{ name, port: program.port, pid: program.pid }],
    );
    const contenders = [
      { name: 'backend alone', port: backend.port, pid: backend.pid },
      { name: 'hikyaku', port: mesh.port, pid: mesh.pid },
      ...running,
    ];
    for (const { port } of contenders) await saturate(port, 1);
    const absent = started.flatMap(({ name, missing }) => (missing === undefined ? [] : [[name, missing]]));
    return [await throughput(contenders, absent, { rounds, seconds }), await latency(contenders, absent, { rounds, seconds })];
  } finally {
    for (const { program } of started) await program?.[Symbol.asyncDispose]();
  }
}

interface StartedPeer {
  name: string;
  program?: Program;
  /** Why there is none. */
  missing?: string;
}

async function startPeers(backendPort: number): Promise<StartedPeer[]> {
  const started: StartedPeer[] = [];
  for (const { name, missing, start } of peers) {
    if (missing !== undefined) started.push({ name, missing });
    else started.push({ name, ...(await start(backendPort).then(asProgram, asFailure)) });
  }
  return started;
}

function asProgram(program: Program): Pick<StartedPeer, 'program'> {
  return { program };
}

function asFailure(error: unknown): Pick<StartedPeer, 'missing'> {
  return { missing: `did not start: ${error instanceof Error ? error.message : String(error)}` };
}

async function throughput(contenders: Contender[], absent: string[][], { rounds, seconds }: Extent): Promise<Table> {
  const results = await interleave(contenders, rounds, ({ port }) => saturate(port, seconds));
  const of = (name: string) => results.find((result) => result.name === name)?.requestsPerSecond;
  const rows = results.map((result) => [
    result.name,
    rate(result.requestsPerSecond),
    milliseconds(result.p50Ms),
    milliseconds(result.p99Ms),
    ratio(result.requestsPerSecond, of('nginx')),
    ratio(result.requestsPerSecond, of('Envoy')),
    ratio(result.requestsPerSecond, of('Express')),
    rate(result.requestsPerProcessorSecond),
    ratio(result.requestsPerProcessorSecond, results.find(({ name }) => name === 'nginx')?.requestsPerProcessorSecond),
    String(result.failures),
  ]);
  const columns = [
    'keep-alive',
    'rate',
    'p50',
    'p99',
    'to nginx',
    'to Envoy',
    'to Express',
    'per processor second',
    'to nginx',
    'failures',
  ];
  return { title: 'Small JSON, 32 keep-alive connections, ten routes', columns, rows: [...rows, ...absent] };
}

/** What a hop adds is the difference to the backend asked directly, percentile by percentile. */
async function latency(contenders: Contender[], absent: string[][], { rounds, seconds }: Extent): Promise<Table> {
  const results = await interleave(contenders, rounds, ({ port }) => atRate(port, seconds, fixedRate));
  const [direct, ...proxies] = results;
  const added = proxies.map((result) => ({
    ...result,
    p50Ms: result.p50Ms - (direct?.p50Ms ?? 0),
    p99Ms: result.p99Ms - (direct?.p99Ms ?? 0),
  }));
  const nginx = added.find(({ name }) => name === 'nginx');
  const rows = added.map((result) => [
    result.name,
    milliseconds(result.p50Ms),
    milliseconds(result.p99Ms),
    ratio(result.p50Ms, nginx?.p50Ms),
    ratio(result.p99Ms, nginx?.p99Ms),
    rate(result.requestsPerSecond),
    String(result.failures),
  ]);
  const columns = ['added by the hop', 'p50', 'p99', 'p50 to nginx', 'p99 to nginx', 'answered', 'failures'];
  return { title: `Added latency at ${fixedRate} requests/s`, columns, rows: [...rows, ...absent] };
}
