/**
 * Loads a port, as a process of its own, and prints a LoadResult as JSON.
 *
 *   node load-generator.ts PORT PATH CONNECTIONS SECONDS [RATE [TOKEN]]
 *
 * Without a rate each connection asks again as soon as it was answered (closed loop). With one, requests fall due by the clock whether or not
 * earlier ones were answered (open loop): one that finds every connection busy waits, and its latency counts from when it was due. How late this
 * process itself wakes up is not the proxy's doing and does not count.
 */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './exchange.ts';
import { percentile } from './statistics.ts';

export interface LoadResult {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Anything but 200, and connections that broke. */
  failures: number;
}

const [port = 0, connectionCount = 0, seconds = 0, rate = 0] = [2, 4, 5, 6].map((index) => Number(process.argv[index] ?? 0));
const path = process.argv[3] ?? '/';
const token = process.argv[7] ?? '';
const fields = token === '' ? '' : `Authorization: Bearer ${token}\r\n`;

const latenciesMs: number[] = [];
let failures = 0;
const connections = Array.from({ length: connectionCount }, () => new Connection(port, fields));
await Promise.all(connections.map((connection) => connection.get(path)));

const startedAt = performance.now();
const endsAt = startedAt + seconds * 1000;
await (rate > 0 ? openLoop() : Promise.all(connections.map(closedLoop)));
const elapsedSeconds = (performance.now() - startedAt) / 1000;
for (const connection of connections) connection.close();

const result: LoadResult = {
  requestsPerSecond: latenciesMs.length / elapsedSeconds,
  p50Ms: percentile(latenciesMs, 50),
  p99Ms: percentile(latenciesMs, 99),
  failures,
};
console.log(JSON.stringify(result));

async function closedLoop(connection: Connection): Promise<void> {
  while (performance.now() < endsAt) await ask(connection, performance.now());
}

async function openLoop(): Promise<void> {
  const idle = [...connections];
  const due: number[] = [];
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  const send = (connection: Connection, dueAt: number) => {
    const answered = ask(connection, dueAt).then(() => {
      underWay.delete(answered);
      const next = due.shift();
      if (next === undefined) idle.push(connection);
      else send(connection, next);
    });
    underWay.add(answered);
  };
  for (let now = performance.now(); now < endsAt; now = performance.now()) {
    for (; sent < ((now - startedAt) / 1000) * rate; sent += 1) {
      const connection = idle.pop();
      if (connection === undefined) due.push(now);
      else send(connection, now);
    }
    await delay(1);
  }
  while (underWay.size > 0) await Promise.all(underWay);
}

async function ask(connection: Connection, dueAt: number): Promise<void> {
  try {
    const { status } = await connection.get(path);
    if (status === 200) latenciesMs.push(performance.now() - dueAt);
    else failures += 1;
  } catch {
    failures += 1;
    // A connection that is gone fails at once, for ever: not a loop without a pause.
    await delay(10);
  }
}
