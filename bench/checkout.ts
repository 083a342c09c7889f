/**
 * How many orders per second the shop carries on this machine, with everything on it: `npm run bench:checkout [-- --rate 100 --seconds 60]`.
 *
 * Starts the shop by `hikyaku up shop/deploy` with state of its own, adds stock by SQL so that nothing sells out, and places orders through the
 * gateway at a fixed rate. How each order ended is read from the order service's events afterwards; then the books of all services must agree.
 * Exit code 1 when a target is missed or the books are wrong.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { startSystem } from '../test/support/system.ts';
import type { System } from '../test/support/system.ts';
import { auditWhenAtRest, untilNonePending } from './checkout/books.ts';
import { placeOrders, signUpBuyers } from './checkout/buyers.ts';
import type { Load, PlaceOptions } from './checkout/buyers.ts';
import { addStock, databaseWork, orderEndings } from './checkout/database.ts';
import { databaseTable, pictureOf, speedTable, usageTable } from './checkout/report.ts';
import type { Measured } from './checkout/report.ts';
import { manifestsWithProfiler, profileTables, switchProfiles } from './checkout/profiles.ts';
import { usageOf } from './checkout/usage.ts';
import { progressBar } from './progress-bar.ts';

interface Options {
  rate: number;
  seconds: number;
  warmUp: number;
  buyers: number;
  picture: string;
  cpuProf?: string;
}

const readyWithinMs = 180_000;
const endWithinMs = 120_000;
/** For events to reach their last consumer. */
const restWithinMs = 60_000;

const options = new Command('checkout')
  .description('Places orders at a fixed rate in a shop of its own, and checks the books.')
  .option('--rate <n>', 'orders per second', positive, 100)
  .option('--seconds <n>', 'how long', positive, 60)
  .option('--warm-up <n>', 'seconds at the same rate before, that do not count', positive, 10)
  .option('--buyers <n>', 'how many accounts take turns', positive, 200)
  .option('--picture <file>', 'where the picture goes', join(tmpdir(), 'hikyaku-checkout.svg'))
  .option('--cpu-prof <folder>', 'records where the processes spend their time, and says it; the folder is emptied first')
  .parse()
  .opts<Options>();

const { cpuProf } = options;
const manifests = cpuProf === undefined ? {} : { paths: [await manifestsWithProfiler(resolve(cpuProf))] };
const system = await startSystem({ args: ['--no-watch'], ...manifests });
const end = (): void => void system.purge().then(() => process.exit(130));
process.once('SIGINT', end).once('SIGTERM', end);
try {
  await system.printed(/ready in/, readyWithinMs);
  const warmUp = emptyLoad();
  const measured = await measure(system, warmUp);
  const speed = speedTable(measured);
  console.log(`\n${[speed.text, usageTable(measured), databaseTable(measured)].join('\n')}`);
  if (cpuProf !== undefined) console.log(await profileTables(cpuProf, measured.load.placed.length));
  await savePicture(measured);
  const accepted = [...warmUp.placed, ...measured.load.placed].map(({ id }) => id);
  const wrong = await auditWhenAtRest(system, accepted, restWithinMs);
  console.log(wrong.length === 0 ? `The books of ${accepted.length} orders agree.` : `The books are wrong:\n${wrong.join('\n')}`);
  process.exitCode = speed.isMet && wrong.length === 0 ? 0 : 1;
} finally {
  await system.purge();
}

async function measure(on: System, warmUp: Load): Promise<Measured> {
  const { rate: perSecond, seconds } = options;
  const productIds = await addStock(on, Math.ceil(perSecond * (seconds + options.warmUp)));
  const buyers = await signUpBuyers(on.url, options.buyers, (count) => show(count / options.buyers, `${count} buyers signed up`));
  const place = { url: on.url, buyers, productIds, perSecond };
  await showing('warm-up', { ...place, seconds: options.warmUp, load: warmUp });
  await untilNonePending(on, endWithinMs);

  const load = emptyLoad();
  const before = await costs(on);
  if (cpuProf !== undefined) await switchProfiles(on, cpuProf, 'on');
  const startedAt = performance.now();
  await showing('orders', { ...place, seconds, load });
  await untilNonePending(on, endWithinMs);
  const after = await costs(on);
  if (cpuProf !== undefined) await switchProfiles(on, cpuProf, 'off');
  return {
    perSecond,
    seconds,
    startedAt,
    load,
    endings: await orderEndings(on),
    usage: { before: before.usage, after: after.usage },
    work: { before: before.work, after: after.work },
    ownSeconds: after.ownSeconds - before.ownSeconds,
  };
}

async function costs(on: System) {
  // What a connection counted is told to the others at most once a second.
  await delay(1500);
  const { user, system: kernel } = process.cpuUsage();
  const usage = await usageOf(on.process.pid ?? 0, await on.client());
  return { usage, work: await databaseWork(on), ownSeconds: (user + kernel) / 1e6 };
}

async function showing(what: string, place: PlaceOptions): Promise<void> {
  const startedAt = performance.now();
  const progress = setInterval(() => {
    const fraction = Math.min(1, (performance.now() - startedAt) / 1000 / place.seconds);
    show(fraction, `${what}: ${place.load.notes.length} answered, ${place.load.placed.length} accepted`);
  }, 1000);
  await placeOrders(place);
  clearInterval(progress);
}

async function savePicture(measured: Measured): Promise<void> {
  await mkdir(dirname(options.picture), { recursive: true });
  await writeFile(options.picture, pictureOf(measured));
  console.log(`picture: ${options.picture}`);
}

function emptyLoad(): Load {
  return { notes: [], placed: [] };
}

function show(fraction: number, note: string): void {
  process.stderr.write(`\r${progressBar(fraction, note)}   `);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`${text} is no number above 0`);
  return value;
}
