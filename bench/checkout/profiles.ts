/**
 * CPU profiles of the system's processes while orders are placed, and what they say: by library, and by function. Processor time of what is not
 * JavaScript (system calls, compiling, PostgreSQL) is for `perf record -a -g` to tell.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { readFileSync } from 'node:fs';
import { processTree } from '../../packages/cli/src/processes.ts';
import type { System } from '../../test/support/system.ts';
import { repository } from '../../test/support/system.ts';
import { frameName, selfTimes } from '../cpu-profile.ts';
import type { Profile } from '../cpu-profile.ts';
import { formatTable } from '../proxy/table.ts';
import { workloadNames } from './usage.ts';

const profiler = fileURLToPath(new URL('profiler.cjs', import.meta.url));
/** Writing a profile of a minute takes a moment. */
const writtenWithinMs = 30_000;
const shownFunctions = 40;

/** Below the repository, which images are looked for in; never committed. */
const manifests = join(repository, 'node_modules/.cache/hikyaku-checkout');

/** The manifests of the shop with the profiler in every Node container. hikyaku's own processes get it from the environment. `folder` is emptied. */
export async function manifestsWithProfiler(folder: string): Promise<string> {
  process.env.NODE_OPTIONS = `--require ${JSON.stringify(profiler)}`;
  process.env.HIKYAKU_PROFILES = folder;
  for (const each of [folder, manifests]) {
    await rm(each, { recursive: true, force: true });
    await mkdir(each, { recursive: true });
  }
  for (const file of await readdir(join(repository, 'shop/deploy'))) {
    const text = await readFile(join(repository, 'shop/deploy', file), 'utf8');
    await writeFile(join(manifests, file), withProfiler(text, folder));
  }
  return manifests;
}

function withProfiler(manifest: string, folder: string): string {
  const documents = parseAllDocuments(manifest);
  const path = ['spec', 'template', 'spec', 'containers', 0, 'env'];
  for (const document of documents) {
    if (document.get('kind') !== 'Deployment') continue;
    const variables = { NODE_OPTIONS: process.env.NODE_OPTIONS, HIKYAKU_PROFILES: folder };
    for (const [name, value] of Object.entries(variables)) {
      if (document.hasIn(path)) document.addIn(path, { name, value });
      else document.setIn(path, document.createNode([{ name, value }]));
    }
  }
  return documents.map(String).join('---\n');
}

/** Begins the profiles, or ends them: then it resolves when all of them are written. */
export async function switchProfiles(system: System, folder: string, to: 'on' | 'off'): Promise<void> {
  const pids = processTree(system.process.pid ?? 0)
    .map(({ pid }) => pid)
    .filter(isProfiled);
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  if (to === 'on') return;
  const giveUpAt = performance.now() + writtenWithinMs;
  while ((await profilesIn(folder)).length < pids.length && performance.now() < giveUpAt) await delay(100);
  const names = await workloadNames(system.process.pid ?? 0, await system.client());
  await writeFile(join(folder, 'names.json'), JSON.stringify(Object.fromEntries(names)));
}

function isProfiled(pid: number): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes('HIKYAKU_PROFILES=') && /(^|\/)node\0/.test(command);
  } catch {
    return false;
  }
}

async function profilesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
}

/** Milliseconds an order, by library and by function; all processes together and each alone. */
export async function profileTables(folder: string, orders: number): Promise<string> {
  const names = JSON.parse(await readFile(join(folder, 'names.json'), 'utf8')) as Record<string, string>;
  const byWorkload = new Map<string, Map<string, number>>();
  const byFunction = new Map<string, number>();
  for (const file of await profilesIn(folder)) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile;
    const workload = names[basename(file, '.cpuprofile')] ?? file;
    const times = byWorkload.get(workload) ?? new Map<string, number>();
    byWorkload.set(workload, times);
    for (const [frame, timeMs] of selfTimes(profile)) {
      // The profiler's own beginning and end.
      if (frame.url === 'node:inspector') continue;
      const library = libraryOf(frame.url, frame.functionName);
      times.set(library, (times.get(library) ?? 0) + timeMs);
      const name = `${frameName(frame)}  [${library}]`;
      byFunction.set(name, (byFunction.get(name) ?? 0) + timeMs);
    }
  }
  return [libraryTable(byWorkload, orders), functionTable(byFunction, orders)].join('\n');
}

/** `pg`, `node:net`, `@hikyaku/service/http`; what is no function of a file is called what V8 calls it. */
function libraryOf(url: string, functionName: string): string {
  const [, library] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (url.includes('/mesh-mount-')) return 'packages/mesh in process';
  const [, own] = /\/(packages\/\w+\/src\/\w+|packages\/\w+\/preload|shop\/[\w-]+\/[\w-]+)/.exec(url) ?? [];
  if (url.startsWith('node:internal/deps/')) return url.split('/').slice(0, 3).join('/');
  return library ?? own ?? (url === '' ? functionName : url.replace(/^node:(internal\/)?/, 'node:').split('/')[0]) ?? url;
}

function libraryTable(byWorkload: ReadonlyMap<string, ReadonlyMap<string, number>>, orders: number): string {
  const workloads = [...byWorkload.keys()].sort();
  const libraries = new Set([...byWorkload.values()].flatMap((times) => [...times.keys()]));
  const rows = [...libraries].map((library) => {
    const each = workloads.map((workload) => (byWorkload.get(workload)?.get(library) ?? 0) / orders);
    return { library, each, total: each.reduce((sum, time) => sum + time, 0) };
  });
  rows.sort((one, other) => other.total - one.total);
  return formatTable({
    title: 'JavaScript: milliseconds an order, by library',
    columns: ['library', 'all', ...workloads],
    rows: rows
      .filter(({ total }) => total >= 0.01)
      .map(({ library, each, total }) => [
        library,
        total.toFixed(2),
        ...each.map((time) => (time < 0.005 ? '' : time.toFixed(2))),
      ]),
  });
}

function functionTable(byFunction: ReadonlyMap<string, number>, orders: number): string {
  const highest = [...byFunction].sort(([, one], [, other]) => other - one).slice(0, shownFunctions);
  return formatTable({
    title: 'Functions, without what they call',
    columns: ['function', 'ms an order'],
    rows: highest.map(([name, timeMs]) => [name, (timeMs / orders).toFixed(3)]),
  });
}
