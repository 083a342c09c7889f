/**
 * Runs before every test file: property tests draw from one fixed seed, so that a commit is judged by its own change and not by
 * luck. `npm run fuzz` draws from a new seed each time, and longer; what it finds becomes a case beside the property.
 */
import process from 'node:process';
import fc from 'fast-check';

const fixedSeed = 20_261_121;
const seed = process.env.FUZZ_SEED;

fc.configureGlobal({ seed: seed === undefined ? fixedSeed : Number(seed) });
