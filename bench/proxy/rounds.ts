/**
 * Rounds in which every contender has its turn: a machine that is slower for a minute is slower for all of them, so that ratios hold
 * where absolute figures do not.
 */
import type { LoadResult } from './load-generator.ts';
import { processorSeconds } from './processes.ts';
import { median } from './statistics.ts';

export interface Contender {
  name: string;
  port: number;
  pid: number;
}

export interface Result extends LoadResult, Contender {
  /** Requests for each second of processor time the contender had: what is left of the rate where others take part of the core. NaN where it cannot be told. */
  requestsPerProcessorSecond: number;
}

type Turn = Omit<Result, keyof Contender>;

/** Each figure is the median over the rounds; failures are added up. In the order of the contenders. */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  load: (contender: Contender) => Promise<LoadResult>,
): Promise<Result[]> {
  const turns = contenders.map((): Turn[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) turns[index]?.push(await takeTurn(contender, load));
  }
  return contenders.map((contender, index) => ({ ...contender, ...summarise(turns[index] ?? []) }));
}

async function takeTurn(contender: Contender, load: (contender: Contender) => Promise<LoadResult>): Promise<Turn> {
  const startedAt = performance.now();
  const before = processorSeconds(contender.pid) ?? Number.NaN;
  const result = await load(contender);
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const used = (processorSeconds(contender.pid) ?? Number.NaN) - before;
  return { ...result, requestsPerProcessorSecond: (result.requestsPerSecond * elapsedSeconds) / used };
}

function summarise(turns: readonly Turn[]): Turn {
  return {
    requestsPerSecond: median(turns.map((turn) => turn.requestsPerSecond)),
    requestsPerProcessorSecond: median(turns.map((turn) => turn.requestsPerProcessorSecond)),
    p50Ms: median(turns.map((turn) => turn.p50Ms)),
    p99Ms: median(turns.map((turn) => turn.p99Ms)),
    failures: turns.reduce((sum, turn) => sum + turn.failures, 0),
  };
}
