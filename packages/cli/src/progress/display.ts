/**
 * Shows how the workloads are doing: on a terminal one line per workload that is redrawn in place; elsewhere one plain line per change, so that
 * logs and pipes stay readable.
 */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { Phase, WorkloadState } from './workload.ts';

export interface Display {
  update(states: WorkloadState[]): void;
  /** A line that stays. On a terminal it appears above the live part. */
  print(line: string): void;
  /** Leaves the last picture on the screen and draws no more. */
  close(): void;
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

export function createDisplay(stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? new LiveDisplay(stream) : new PlainDisplay(stream);
}

/** One line per workload, as it is now. `now` and `startedAt` in milliseconds give the time it took. */
export function formatState(state: WorkloadState, nameWidth: number, mark: string): string {
  const replicas = state.wanted === 1 ? '' : ` ${state.ready}/${state.wanted}`;
  const why = state.why === undefined ? '' : `  ${state.why}`;
  return `${mark} ${state.name.padEnd(nameWidth)}  ${colorOf(state.phase)(`${state.phase}${replicas}`.padEnd(10))}${pc.dim(why)}`.trimEnd();
}

class LiveDisplay implements Display {
  readonly #stream: NodeJS.WriteStream;
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  #states: WorkloadState[] = [];
  #frame = 0;
  #closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#log = createLogUpdate(stream);
    this.#timer = setInterval(() => {
      this.#frame += 1;
      this.#draw();
    }, frameMs);
    this.#timer.unref();
  }

  update(states: WorkloadState[]): void {
    this.#states = states;
    this.#draw();
  }

  print(line: string): void {
    if (this.#closed) {
      this.#stream.write(`${line}\n`);
      return;
    }
    this.#log.clear();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  close(): void {
    if (this.#closed) return;
    clearInterval(this.#timer);
    this.#draw();
    this.#log.done();
    this.#closed = true;
  }

  #draw(): void {
    if (this.#closed) return;
    const width = widest(this.#states);
    const waiting = spinner[this.#frame % spinner.length] ?? '';
    const lines = this.#states.flatMap((state) => [
      `  ${formatState(state, width, markOf(state.phase, waiting))}`,
      ...(state.detail ?? []).map((line) => pc.dim(`      ${line}`)),
    ]);
    this.#log(lines.join('\n'));
  }
}

class PlainDisplay implements Display {
  readonly #stream: NodeJS.WriteStream;
  readonly #shown = new Map<string, string>();
  #closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  update(states: WorkloadState[]): void {
    if (this.#closed) return;
    for (const state of states) {
      const line = [`${state.name}: ${state.phase}`, state.why, ...(state.detail ?? [])]
        .filter((part) => part !== undefined)
        .join('\n  ')
        .replace('\n  ', ': ');
      if (this.#shown.get(state.name) === line) continue;
      this.#shown.set(state.name, line);
      this.print(line);
    }
  }

  print(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  close(): void {
    this.#closed = true;
  }
}

export function widest(states: { name: string }[]): number {
  return Math.max(0, ...states.map(({ name }) => name.length));
}

function markOf(phase: Phase, waiting: string): string {
  if (phase === 'ready') return pc.green('✓');
  if (phase === 'failing') return pc.red('✗');
  return pc.cyan(waiting);
}

function colorOf(phase: Phase): (text: string) => string {
  if (phase === 'ready') return pc.green;
  if (phase === 'failing') return pc.red;
  return phase === 'pending' ? pc.dim : pc.yellow;
}
