/**
 * Strips the types of Node programs before they start, once for all of them. Node keeps what it stripped in its compile cache, but a program that finds nothing
 * there loads the compiler that strips, and keeps it for ever: 18 MB in every process, and half a second of a processor (measured). Here one short-lived process
 * (link.ts) does it for all, without running any of their code.
 *
 * Not a build: a program whose types were not stripped here strips them itself, as Node does.
 */
import { extname, join, resolve } from 'node:path';
import { aborted } from '@hikyaku/resources';
import { startLinker, type Linker } from './linker.ts';
import { isLinked } from './record.ts';

export interface CompileCache {
  /** What programs get as NODE_COMPILE_CACHE. */
  readonly directory: string;
  /**
   * Resolves when the program's modules are in the cache, when it is clear that they will not be, or when `signal` aborts. Never throws: what is wrong with a
   * program, it says itself when it starts.
   */
  fill(program: { argv: readonly string[]; cwd: string }, signal: AbortSignal): Promise<void>;
}

export function createCompileCache(stateDir: string): CompileCache {
  const directory = join(stateDir, 'cache/compile');
  const records = join(stateDir, 'cache/linked');
  let linker: Linker | undefined;
  // Once in a run: what changes meanwhile is a file or two, which the program strips faster by itself than another process is started.
  const seen = new Map<string, Promise<void>>();

  async function link(entry: string): Promise<void> {
    if (await isLinked(records, entry)) return;
    if (linker?.isOpen() !== true) linker = startLinker({ directory, records });
    await linker.link(entry);
  }

  return {
    directory,
    async fill({ argv, cwd }, signal) {
      const entry = entryOf(argv, cwd);
      if (entry === undefined || signal.aborted) return;
      const linked = seen.get(entry) ?? link(entry);
      seen.set(entry, linked);
      await Promise.race([linked, aborted(signal)]);
    },
  };
}

/** The file that `node FILE …` runs, when it is one whose types are stripped. With options before the file it is not that simple, and is left alone. */
function entryOf([program, file]: readonly string[], cwd: string): string | undefined {
  if (program !== 'node' || file === undefined || file.startsWith('-')) return undefined;
  return ['.ts', '.mts'].includes(extname(file)) ? resolve(cwd, file) : undefined;
}
