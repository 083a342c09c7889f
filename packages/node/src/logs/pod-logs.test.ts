import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '@hikyaku/resources';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogFile, readTail, rotatedOf, type LogFile } from './log-file.ts';
import { createPodLogs, logPath } from './pod-logs.ts';

let directory = '';
let file: LogFile;
let pod: Pod | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-logs-'));
  file = createLogFile(logPath(directory, 'shop', 'cart', 'main'));
  pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'cart', namespace: 'shop', uid: '1' },
    spec: { containers: [{ name: 'main' }] },
  };
  await file.begin();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const podLogs = () => createPodLogs(directory, () => pod);
const write = (text: string) => appendFile(file.path, text);

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

it('gives lines, the last of them too when it has no end yet', async () => {
  await write('one\ntwo\nthr');
  expect(await all(podLogs().logs('shop', 'cart'))).toEqual(['one', 'two', 'thr']);
  expect(await all(podLogs().logs('shop', 'cart', { tailLines: 2 }))).toEqual(['two', 'thr']);
});

it('follows what is written, over a restart, until the Pod is gone', async () => {
  const lines = podLogs().logs('shop', 'cart', { follow: true })[Symbol.asyncIterator]();
  const next = async () => {
    const result: IteratorResult<string, unknown> = await lines.next();
    return result.done ? undefined : result.value;
  };
  await write('first run\n');
  expect(await next()).toBe('first run');
  const pending = next();
  await write('日');
  await write('本\n');
  expect(await pending).toBe('日本');
  await file.begin();
  await write('second run\n');
  expect(await next()).toBe('second run');
  const last = next();
  pod = undefined;
  expect(await last).toBeUndefined();
});

it('keeps the run before as the previous log', async () => {
  await write('old\n');
  await file.begin();
  await write('new\n');
  expect(await all(podLogs().logs('shop', 'cart', { previous: true }))).toEqual(['old']);
  expect(await all(podLogs().logs('shop', 'cart'))).toEqual(['new']);
});

it('takes the time of a structured line from the line', async () => {
  await write('{"level":30,"time":1767225600000,"msg":"x"}\n{"timestamp":"2026-02-01T00:00:00Z"}\n');
  const lines = await all(podLogs().logs('shop', 'cart', { timestamps: true }));
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z']);
});

it('refuses a Pod that does not exist and a container it does not have', async () => {
  await expect(all(podLogs().logs('shop', 'cart', { container: 'side' }))).rejects.toThrow(
    'container side is not valid for pod cart; it has: main',
  );
  pod = undefined;
  await expect(all(podLogs().logs('shop', 'cart'))).rejects.toMatchObject({ reason: 'NotFound' });
});

it('reads the end of a large log without the rest', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
  await writeFile(file.path, `${lines.join('\n')}\n`);
  expect(await readTail(file.path, 3)).toEqual(lines.slice(-3));
  expect(await readTail(file.path, 30_000)).toEqual(lines);
  expect(await readTail(file.path, 0)).toEqual([]);
});

it('moves a log aside that has grown large, and shows both parts', async () => {
  await write(`early\n${'x'.repeat(16 * 1024 * 1024)}\n`);
  await file.rotate();
  expect((await stat(file.path)).size).toBe(0);
  expect((await stat(rotatedOf(file.path))).mode & 0o777).toBe(0o600);
  await write('late\n');
  const lines = await all(podLogs().logs('shop', 'cart'));
  expect([lines[0], lines.at(-1)]).toEqual(['early', 'late']);
});
