/**
 * What the processes of a system have used so far, by workload: processor time and memory. Linux only: it is read from /proc.
 */
import { readFileSync } from 'node:fs';
import type { ApiClient } from '@hikyaku/control';
import { Pods } from '@hikyaku/resources';
import { processTree } from '../../packages/cli/src/processes.ts';

export interface Usage {
  /** Milliseconds of `performance.now()`. */
  takenAt: number;
  /** Of all cores together, by everybody on the machine. */
  machineSeconds: number;
  workloads: Map<string, WorkloadUsage>;
}

export interface WorkloadUsage {
  cpuSeconds: number;
  /** Pages that several share are divided among them. */
  residentBytes: number;
}

/** In hundredths of a second: proc_pid_stat(5). The constant is the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processes below a container belong to its Pod's `app`; the supervisor and the proxy are named as such. */
export async function usageOf(supervisorPid: number, client: ApiClient): Promise<Usage> {
  const names = await workloadNames(supervisorPid, client);
  const workloads = new Map<string, WorkloadUsage>();
  for (const { pid, residentBytes, proportionalBytes = residentBytes } of processTree(supervisorPid)) {
    const name = names.get(pid) ?? 'other';
    const sum = workloads.get(name) ?? { cpuSeconds: 0, residentBytes: 0 };
    workloads.set(name, {
      cpuSeconds: sum.cpuSeconds + processorSecondsWithChildren(pid),
      residentBytes: sum.residentBytes + proportionalBytes,
    });
  }
  return { takenAt: performance.now(), machineSeconds: machineSeconds(), workloads };
}

/** Processor time of a workload between two looks. */
export function cpuBetween(before: Usage, after: Usage): Map<string, number> {
  return new Map(
    [...after.workloads].map(([name, { cpuSeconds }]) => [name, cpuSeconds - (before.workloads.get(name)?.cpuSeconds ?? 0)]),
  );
}

/** The workload of every process below the supervisor, by its id. */
export async function workloadNames(supervisorPid: number, client: ApiClient): Promise<Map<number, string>> {
  const names = await containerNames(client);
  names.set(supervisorPid, 'hikyaku (supervisor)');
  // Parents come before their children.
  for (const { pid, ppid } of processTree(supervisorPid)) {
    const inherited = ppid === supervisorPid ? 'hikyaku (proxy)' : names.get(ppid);
    names.set(pid, names.get(pid) ?? inherited ?? 'other');
  }
  return names;
}

async function containerNames(client: ApiClient): Promise<Map<number, string>> {
  const { items } = await client.list(Pods, { namespace: 'shop' });
  const names = new Map<number, string>();
  for (const { metadata, status } of items) {
    for (const { containerID } of status?.containerStatuses ?? []) {
      const pid = /^process:\/\/(\d+)/.exec(containerID ?? '')?.[1];
      if (pid !== undefined) names.set(Number(pid), metadata.labels?.app ?? metadata.name);
    }
  }
  return names;
}

/** With its children that have ended: the connections of PostgreSQL are processes that come and go. 0 when the process is gone. */
function processorSecondsWithChildren(pid: number): number {
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = statFields(`/proc/${pid}/stat`, 11, 15);
  return (utime + stime + cutime + cstime) / ticksPerSecond;
}

function machineSeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).map(Number);
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

function statFields(file: string, from: number, to: number): number[] {
  try {
    const stat = readFileSync(file, 'utf8');
    // The command in parentheses may itself hold spaces.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(from, to)
      .map(Number);
  } catch {
    return [];
  }
}
