/**
 * Where log lines go: stdout, at once while few are written, and together when many are. Each write is a system call here and wakes whoever reads, which in a
 * busy service is work for both at every request. Who is killed takes the last 50 ms of a busy time along; a warning leaves at once with all before it.
 */
import { pino, type DestinationStream } from 'pino';

/** What lines are written to, as far as it is used here: pino's own destination, that keeps a few thousand characters back. */
export type LineBuffer = {
  write(line: string): unknown;
  /** Writes what is kept back. */
  flush(): void;
};

const gatherMs = 50;
const mostKeptBack = 4096;
const { warn } = pino.levels.values;

/** @param now milliseconds of a clock that never goes back. */
export function createLogStream(buffer: LineBuffer, now = () => performance.now()): DestinationStream {
  let writtenAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writtenAt = now();
    buffer.flush();
  };
  const stream = {
    // Has pino say in `lastLevel` what the line is.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write: (line: string): void => {
      buffer.write(line);
      const leftMs = writtenAt + gatherMs - now();
      if (leftMs <= 0 || stream.lastLevel >= (warn ?? 0)) flush();
      else timer ??= setTimeout(flush, leftMs).unref();
    },
  };
  return stream;
}

let stdout: DestinationStream | undefined;

/** The process' own, for all of its services. What is kept back when the process ends is written then. */
export function logStream(): DestinationStream {
  if (stdout) return stdout;
  const destination = pino.destination({ fd: 1, sync: true, minLength: mostKeptBack });
  process.on('exit', () => {
    try {
      destination.flushSync();
    } catch {
      // Nobody reads any more.
    }
  });
  return (stdout = createLogStream({ write: (line) => destination.write(line), flush: () => destination.flush() }));
}
