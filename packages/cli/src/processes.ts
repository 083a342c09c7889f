/**
 * What the operating system knows about processes: identity, descendants, memory, and who listens on a port.
 * Linux is read from /proc; elsewhere `ps` answers what it can.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  ppid: number;
  /** Resident memory. Pages shared between processes are counted in each of them, so a sum errs on the high side. */
  residentBytes: number;
  /** Proportional share (PSS): shared pages divided among their users. Absent where the system does not tell. */
  proportionalBytes?: number;
  /** Opaque; together with the pid it names one process for ever, also after the pid has been used again. */
  startTime: string;
}

const onLinux = process.platform === 'linux';

/** The process, or undefined when there is none (or it is a zombie). */
export function processInfo(pid: number): ProcessInfo | undefined {
  return onLinux ? fromProc(pid) : fromPs(['-p', String(pid)])[0];
}

/** `pid` itself and all processes that descend from it. */
export function processTree(pid: number): ProcessInfo[] {
  const all = onLinux ? pids().flatMap((each) => fromProc(each) ?? []) : fromPs(['-ax']);
  const tree = all.filter((info) => info.pid === pid);
  // The array grows while it is walked: children are found after their parents.
  for (const parent of tree) tree.push(...all.filter((info) => info.ppid === parent.pid));
  return tree;
}

/**
 * Memory that all of them hold together. Where the system tells, a page that several share (Node's own code, PostgreSQL's buffers) counts once; the sum of
 * the resident sizes would count it once for each.
 */
export function totalResidentBytes(processes: ProcessInfo[]): number {
  return processes.reduce((sum, { residentBytes, proportionalBytes }) => sum + (proportionalBytes ?? residentBytes), 0);
}

/** Who listens on a loopback or wildcard TCP port: `node (pid 4711)`; undefined when that cannot be told. */
export function portHolder(port: number): string | undefined {
  if (!onLinux) return undefined;
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`));
  const pid = pids().find((each) => openFiles(each).some((file) => sockets.has(file)));
  if (pid === undefined) return undefined;
  return `${read(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function fromProc(pid: number): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may itself hold spaces and parentheses: proc_pid_stat(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ppid] = fields;
  const startTime = fields[19];
  if (state === undefined || state === 'Z' || ppid === undefined || startTime === undefined) return undefined;
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  return {
    pid,
    ppid: Number(ppid),
    residentBytes: kilobytes(rollup, 'Rss') ?? kilobytes(read(`/proc/${pid}/status`), 'VmRSS') ?? 0,
    ...proportional(kilobytes(rollup, 'Pss')),
    startTime,
  };
}

function proportional(bytes: number | undefined): { proportionalBytes?: number } {
  return bytes === undefined ? {} : { proportionalBytes: bytes };
}

function kilobytes(text: string, field: string): number | undefined {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value) * 1024;
}

function fromPs(selection: string[]): ProcessInfo[] {
  const text = attempt(() => execFileSync('ps', [...selection, '-o', 'pid=,ppid=,rss=,lstart='], { encoding: 'utf8' })) ?? '';
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, rss, startTime] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.+)$/.exec(line) ?? [];
    if (startTime === undefined) return [];
    return [{ pid: Number(pid), ppid: Number(ppid), residentBytes: Number(rss) * 1024, startTime }];
  });
}

/** Inodes of sockets in state LISTEN (0A) on the port, from /proc/net/tcp or tcp6. */
function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return read(`/proc/net/${table}`)
    .split('\n')
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const [, local, , state] = fields;
      const inode = fields[9];
      return state === '0A' && local?.endsWith(`:${hexPort}`) && inode !== undefined ? [inode] : [];
    });
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return (attempt(() => readdirSync(folder)) ?? []).flatMap((fd) => attempt(() => readlinkSync(`${folder}/${fd}`)) ?? []);
}

function read(file: string): string {
  return attempt(() => readFileSync(file, 'utf8')) ?? '';
}

/** Processes come and go, and some files are not ours to read: both are no news. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
