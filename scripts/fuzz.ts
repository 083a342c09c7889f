/**
 * `npm run fuzz [-- FILE…]`: the property tests from a new seed, the parser's 50 times as long. The seed is printed; to see a
 * failure again: `FUZZ_SEED=… npm run fuzz`.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const seed = process.env.FUZZ_SEED ?? String(Date.now() % 2 ** 31);
console.log(`FUZZ_SEED=${seed}`);
const env = { ...process.env, FUZZ_SEED: seed, FUZZ_EXTENT: process.env.FUZZ_EXTENT ?? '50' };
const files = process.argv.length > 2 ? process.argv.slice(2) : ['packages/mesh/src/http', 'packages/mesh/src/routing'];
const { status } = spawnSync('vitest', ['run', '--project', 'unit', ...files], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
