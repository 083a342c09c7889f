/**
 * What an image name turned out to be.
 */
import type { ExecResult } from '../container/exec.ts';

export type ImageResolution = ResolvedImage | UnresolvedImage;

/** Something that can be run. A Pod's `command` replaces `entrypoint` and `arguments`, its `args` replace `arguments`. */
export interface ResolvedImage {
  kind: 'workspace' | 'command' | 'native';
  /** For people: `shop/services/order-service`, `native postgres`. */
  description: string;
  entrypoint: readonly string[];
  arguments: readonly string[];
  /** Absolute path. */
  cwd: string;
  env: Record<string, string>;
  /** What asks the program to stop. Default SIGTERM. */
  stopSignal: NodeJS.Signals;
  /** Makes the image of its sources; runs before every start, so it does nothing when nothing has changed. Its failure is the start's. */
  build?: readonly string[];
  /** Folders and files (absolute) whose change means that the image has changed. */
  sources: readonly string[];
  native?: NativeImage;
}

export interface UnresolvedImage {
  kind: 'unresolved';
  /** What was looked for and where: one sentence for each place. */
  tried: readonly string[];
}

/** A server that hikyaku knows how to run without its image. */
export interface NativeImage {
  /**
   * Makes everything ready that the image's own entrypoint would (a database cluster, …) and gives the command to run. Runs
   * before every start of the container; must take up what a killed earlier call left behind. What it throws fails the start.
   */
  prepare(container: NativeContainer): Promise<readonly string[]>;
  /** Answers an exec (of a probe or a hook) for a tool that the image would contain; undefined: not such a tool. */
  exec?(argv: readonly string[], container: NativeContainer): Promise<ExecResult> | undefined;
}

export interface NativeContainer {
  podIp: string;
  /** With mount paths already replaced by real directories, as in `argv`. */
  env: Readonly<Record<string, string>>;
  /** The entrypoint's arguments from the manifest (`args`, or `command` without the program's name). */
  argv: readonly string[];
  /** A directory of the container's own that lives as long as its Pod. */
  directory: string;
  /** Where short-lived things with short paths can be (a Unix socket's path has 107 bytes at most). */
  temporaryDirectory: string;
  /** The real path behind a path inside the container; undefined when it is in no volume. */
  locate(path: string): string | undefined;
  /** Writes a line to the container's log. */
  log(line: string): Promise<void>;
  /** Runs a helper program that dies with the supervisor, its output going to the log; throws when it fails. */
  run(argv: readonly string[], env?: Record<string, string>): Promise<void>;
  /** Starts a helper program that goes on running. */
  start(argv: readonly string[], env?: Record<string, string>): Promise<Helper>;
  /** Aborts when the container has to stop; helpers are killed then. */
  signal: AbortSignal;
}

export interface Helper {
  /** Resolves with the exit code. */
  exited: Promise<number>;
  /** Sends the signal and waits until it has ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
}
