/**
 * `npm run exercise:breaker`: a service whose dependency falls ill, under load, and a picture of what its breaker does about it.
 * docs/breaker.md goes through it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { progressBar } from '../../bench/progress-bar.ts';
import { pictureOf, summaryOf } from './picture.ts';
import { runExercise } from './run.ts';

const program = new Command('exercise:breaker')
  .description('Makes the dependency of a service ill under load and draws what its circuit breaker does.')
  .option('--seconds <n>', 'how long', positive, 40)
  .option('--rate <n>', 'requests per second', positive, 100)
  .option('--without-breaker', 'the same without the guard, to compare', false)
  .option('--out <dir>', 'where the picture goes', 'exercises/breaker/out')
  .parse();

const options = program.opts<{ seconds: number; rate: number; withoutBreaker: boolean; out: string }>();
const name = options.withoutBreaker ? 'without-breaker' : 'with-breaker';
const recording = await runExercise({
  seconds: options.seconds,
  perSecond: options.rate,
  isGuarded: !options.withoutBreaker,
  onProgress: (fraction, phase) => console.log(progressBar(fraction, phase)),
});
await mkdir(options.out, { recursive: true });
const file = join(options.out, `${name}.svg`);
const title = `A dependency falls ill, ${options.rate} requests per second, ${name.replace('-', ' ')}`;
console.log(`\n${summaryOf(recording, title)}`);
await writeFile(file, pictureOf(recording, title));
console.log(`picture: ${file}`);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) program.error(`error: ${text} is no number above 0`);
  return value;
}
