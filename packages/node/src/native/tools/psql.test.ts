import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';

const psql = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [resolve(import.meta.dirname, 'psql.ts'), ...args], {
    encoding: 'utf8',
    env: {},
  });
  return [status, stderr.trim()];
};

it.each([
  ['options', ['--html', '-c', 'SELECT 1'], /Unknown option '--html'/],
  ['variables', ['-v', 'name=value', '-c', 'SELECT :name'], /variables other than ON_ERROR_STOP are not supported: name=value/],
  ['commands', ['-c', '\\copy a FROM b'], /line 1: \\copy is a command of psql that is not supported/],
  ['files', ['-f', '/nowhere.sql'], /ENOENT.*nowhere\.sql/],
])('refuses what it does not know: %s', (_what, args, message) => {
  expect(psql(...args)).toEqual([1, expect.stringMatching(message)]);
});

it('says by its exit code that there is no server', () => {
  expect(psql('--host=127.0.0.1', '--port=1', '-c', 'SELECT 1')).toEqual([2, expect.stringMatching(/ECONNREFUSED/)]);
});
