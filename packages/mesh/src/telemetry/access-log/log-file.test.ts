import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LogFile } from './log-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hikyaku-log-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('lines are in the file, in order, soon and after closing; nobody else may read it', async () => {
  const path = join(folder, 'logs', 'access.log');
  const log = new LogFile({ path });
  log.write('1\n');
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).toBe('1\n');
  log.write('2\n');
  log.write('3\n');
  await log.close();
  expect(await readFile(path, 'utf8')).toBe('1\n2\n3\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(log).toMatchObject({ written: 3, dropped: 0 });
});

test('an earlier run’s file is written on, and full files give way, the oldest for good', async () => {
  const path = join(folder, 'access.log');
  await writeFile(path, 'old 1234\n');
  for (let round = 1; round <= 4; round++) {
    const log = new LogFile({ path, maxBytes: 10, keep: 2 });
    log.write(`new ${round}234\n`);
    await log.close();
  }
  expect((await readdir(folder)).sort()).toEqual(['access.log', 'access.log.1', 'access.log.2']);
  expect(await readFile(path, 'utf8')).toBe('new 4234\n');
  expect(await readFile(`${path}.2`, 'utf8')).toBe('new 2234\n');
});

test('what does not fit into the buffer is dropped and counted', async () => {
  const log = new LogFile({ path: join(folder, 'access.log'), bufferBytes: 10 });
  for (let index = 0; index < 5; index++) log.write('1234\n');
  await log.close();
  expect(log).toMatchObject({ written: 2, dropped: 3 });
});

test('a folder that cannot be written is trouble told once, and no error', async () => {
  await writeFile(join(folder, 'file'), '');
  const onTrouble = vi.fn();
  const log = new LogFile({ path: join(folder, 'file', 'access.log'), onTrouble });
  log.write('1\n');
  await log.close();
  log.write('2\n');
  await log.close();
  expect(log.dropped).toBe(2);
  expect(onTrouble).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('the access log cannot be written'));
});
