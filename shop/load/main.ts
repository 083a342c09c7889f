/**
 * `npm run load`: customers browse, search, fill carts, buy and have their cards declined, at a rate that does not wait for the shop. Needs a
 * running shop (`npm start`).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { openLoop } from '../../bench/open-loop.ts';
import { progressBar } from '../../bench/progress-bar.ts';
import { journeys, pickJourney } from './journeys.ts';
import { pictureOf, tableOf } from './report.ts';
import { field, ShopClient } from './shop-client.ts';
import type { Customer, Note } from './shop-client.ts';

const mix = journeys.map(({ name, share }) => `${Math.round(share * 100)} % ${name}`).join(', ');
const program = new Command('load')
  .description(`Sends customers to a running shop: ${mix}.`)
  .option('--url <url>', 'the gateway', 'http://localhost:8080')
  .option('--rate <n>', 'journeys per second', positive, 20)
  .option('--seconds <n>', 'how long', positive, 60)
  .option('--customers <n>', 'how many accounts take turns', positive, 20)
  .option('--out <file>', 'where the picture goes', 'shop/load/out/load.svg')
  .parse();
const options = program.opts<{ url: string; rate: number; seconds: number; customers: number; out: string }>();

const notes: Note[] = [];
const note = (seen: Note): void => void notes.push(seen);
const shop = new ShopClient({ url: options.url, note });

const productIds = await readProductIds();
const customers = await signUpAll(Math.ceil(options.customers));
notes.length = 0;

const end = AbortSignal.timeout(options.seconds * 1000);
const startedAt = performance.now();
let count = 0;
const progress = setInterval(() => showProgress(), 1000);
await openLoop({
  perSecond: options.rate,
  signal: end,
  start: (dueAt) => {
    const customer = customers[count++ % customers.length];
    if (customer === undefined) throw new RangeError('there are no customers');
    return pickJourney(Math.random()).go({ shop, customer, productIds, dueAt, note });
  },
});
clearInterval(progress);
showProgress();

const title = `The shop under ${options.rate} journeys per second for ${options.seconds} s`;
console.log(`\n\n${tableOf(notes, title)}`);
await mkdir(dirname(options.out), { recursive: true });
await writeFile(options.out, pictureOf(notes, startedAt, title));
console.log(`picture: ${options.out}`);
process.exitCode = notes.some(({ failure }) => failure !== undefined) ? 1 : 0;

async function readProductIds(): Promise<string[]> {
  const answer = await shop.ask({ method: 'GET', path: '/products', step: 'GET /api/products' });
  const items = field(answer, 'items');
  const ids = Array.isArray(items) ? items.map((item: unknown) => field(item, 'id')).filter((id) => typeof id === 'string') : [];
  if (ids.length === 0) program.error(`error: there is no shop with products at ${options.url}; start one with \`npm start\``);
  return ids;
}

/** A few at a time: hashing passwords is slow on purpose. */
async function signUpAll(wanted: number): Promise<Customer[]> {
  const signedUp: Customer[] = [];
  while (signedUp.length < wanted) {
    const next = Array.from({ length: Math.min(4, wanted - signedUp.length) }, () => shop.signUp());
    signedUp.push(...(await Promise.all(next)));
    process.stdout.write(`\r${progressBar(signedUp.length / wanted, `${signedUp.length} customers signed up`)}`);
  }
  process.stdout.write('\n');
  return signedUp;
}

function showProgress(): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const failed = notes.filter(({ failure }) => failure !== undefined).length;
  const text = `${notes.length} steps, ${failed} failed`;
  process.stdout.write(`\r${progressBar(Math.min(1, seconds / options.seconds), text)}   `);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) program.error(`error: ${text} is no number above 0`);
  return value;
}
