import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino, type Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogStream } from './log-stream.ts';

describe('log lines', () => {
  let kept: string[];
  let written: string[][];
  let log: Logger;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    kept = [];
    written = [];
    const flush = () => void written.push(kept.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg));
    log = pino({}, createLogStream({ write: (line) => kept.push(line), flush }));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are written at once while few come', () => {
    log.info('one');
    vi.advanceTimersByTime(60);
    log.info('two');
    expect(written).toEqual([['one'], ['two']]);
  });

  it('are written together when many come', () => {
    for (const line of ['one', 'two', 'three']) log.info(line);
    expect(written).toEqual([['one']]);
    vi.advanceTimersByTime(60);
    expect(written).toEqual([['one'], ['two', 'three']]);
  });

  it('do not wait when one is a warning', () => {
    for (const line of ['one', 'two']) log.info(line);
    log.warn('three');
    expect(written).toEqual([['one'], ['two', 'three']]);
  });
});

it('what is kept back is written when the process ends, however it does', async () => {
  const url = new URL('log.ts', import.meta.url).href;
  const program = (end: string) =>
    `import { createLogger } from '${url}'; const log = createLogger({ service: 's', level: 'info' });
     for (const line of ['one', 'two', 'three']) log.info(line); ${end}`;
  for (const end of ['', 'process.exit(3)', 'throw new Error("no")']) {
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program(end)]);
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    expect(stdout.trim().split('\n')).toHaveLength(3);
  }
});
