/**
 * Our proxy and its peers, side by side: `npm run bench:proxy`, some minutes. Method and figures: docs/performance.md.
 *
 *   npm run bench:proxy [-- --rounds 5] [--seconds 3] [--only side-by-side,tokens,telling,routes,apply,body,memory]
 *
 *   the system under test, per peer      configurations.ts, express-gateway.mjs, fastify-gateway.mjs, node-backend.mjs
 *   starting it, each on its core        peers.ts, mesh.ts (ours), processes.ts
 *   load                                 load.ts, load-generator.ts, exchange.ts (one connection)
 *   the experiments                      side-by-side.ts, tokens.ts, telling.ts, many-routes.ts, memory.ts
 *   from figures to a table              rounds.ts, statistics.ts, table.ts
 *   where our time goes                  profile.ts (`npm run bench:proxy:profile`)
 */
import { cpus } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { closedLoopTool } from './load.ts';
import { applyToRouted, routeCount } from './many-routes.ts';
import { footprint, largeBody } from './memory.ts';
import { canPin } from './processes.ts';
import { sideBySide } from './side-by-side.ts';
import { formatTable } from './table.ts';
import type { Table } from './table.ts';
import { telling } from './telling.ts';
import { withTokens } from './tokens.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' }, only: { type: 'string' } },
});
const extent = { rounds: Number(values.rounds), seconds: Number(values.seconds) };

const experiments: Record<string, () => Promise<Table[]>> = {
  'side-by-side': () => sideBySide(extent),
  tokens: async () => [await withTokens(extent)],
  telling: async () => [await telling(extent)],
  routes: async () => [await routeCount(extent)],
  apply: async () => [await applyToRouted()],
  body: async () => [await largeBody(extent.rounds)],
  memory: async () => [await footprint()],
};
const names = values.only?.split(',') ?? Object.keys(experiments);

console.log(
  `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; closed loop by ${closedLoopTool}.`,
);
console.log(
  canPin ? 'The proxy has core 0; load and backend share core 1.' : 'Not pinned: that takes two cores and taskset (Linux).',
);
console.log(`Medians of ${extent.rounds} rounds of ${extent.seconds} s, contenders in turn.\n`);
for (const name of names) {
  const experiment = experiments[name];
  if (experiment === undefined) throw new Error(`no experiment "${name}"; there are ${Object.keys(experiments).join(', ')}`);
  for (const table of await experiment()) console.log(formatTable(table));
}
