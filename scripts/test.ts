/**
 * `npm test`: lint, types, then every test, each step with its time. Everything runs even when an earlier step fails, so that one
 * run shows all that is wrong. Ends with `N passed, N failed` of the runner's own counts; a failed check counts as a failed test.
 *
 * Arguments are handed to Vitest: `npm test -- --project unit packages/mesh`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
}

const scratch = await mkdtemp(join(tmpdir(), 'hikyaku-test-'));
const reportFile = join(scratch, 'report.json');
let passed = 0;
let failed = 0;

await check('eslint', ['.']);
await check('prettier', ['--check', '--log-level=warn', '.']);
await check('depcruise', [
  '--config',
  '.dependency-cruiser.mjs',
  '--output-type',
  'err',
  'packages',
  'shop',
  'bench',
  'exercises',
  'scripts',
  'test',
]);
await check('tsc', ['--noEmit']);
// The page is for browsers: other globals, and JSX.
await check('tsc', ['--noEmit', '--project', 'shop/web/src']);
await tests(process.argv.slice(2));
await rm(scratch, { recursive: true });

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function check(tool: string, args: string[]): Promise<void> {
  if (await run(tool, args)) passed += 1;
  else failed += 1;
}

async function tests(filters: string[]): Promise<void> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const ok = await run('vitest', ['run', ...reporters, ...filters]);
  const report = await readFile(reportFile, 'utf8').then(
    (text) => JSON.parse(text) as VitestReport,
    () => undefined,
  );
  passed += report?.numPassedTests ?? 0;
  failed += report?.numFailedTests ?? 0;
  // A file that cannot be loaded, or an error outside any test, fails the run without failing a test.
  if (!ok && (report?.numFailedTests ?? 0) === 0) failed += Math.max(1, report?.numFailedTestSuites ?? 0);
}

function run(tool: string, args: string[]): Promise<boolean> {
  const started = Date.now();
  console.log(`\n── ${tool}`);
  return new Promise((resolve) => {
    const child = spawn(join('node_modules', '.bin', tool), args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(`${tool}: ${error.message}`);
      resolve(false);
    });
    child.on('close', (code) => {
      console.log(
        `── ${tool}: ${code === 0 ? 'ok' : `failed (${code ?? 'killed'})`} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
      );
      resolve(code === 0);
    });
  });
}
