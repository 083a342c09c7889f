/**
 * Reads V8's CPU profiles: in which function the processor was found, for how long. The time of what a function calls is not its own.
 */

/** V8's, as far as it is read here. Both lists of samples have the same length. */
export interface Profile {
  nodes: { id: number; callFrame: Frame }[];
  samples: number[];
  /** Microseconds. */
  timeDeltas: number[];
}

export interface Frame {
  functionName: string;
  /** Empty for what is no JavaScript: `(garbage collector)`, `(program)`, functions of Node's in C++. */
  url: string;
  lineNumber: number;
}

/** Milliseconds by frame; a function that is called from several places has several. Without the time in which there was nothing to do. */
export function selfTimes({ nodes, samples, timeDeltas }: Profile): Map<Frame, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<Frame, number>();
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    times.set(frame, (times.get(frame) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return times;
}

export function frameName({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? 'anonymous' : functionName;
  return url === '' ? name : `${name} (${url.slice(url.lastIndexOf('/') + 1)}:${lineNumber + 1})`;
}
