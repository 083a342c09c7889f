/**
 * What the node offers about running Pods beyond their resources: their logs. The API server's `…/log` is made of it.
 */

/** Thrown errors are `ResourceError`s: `NotFound` for an unknown Pod, `BadRequest` for a container it does not have. */
export interface PodLogs {
  /** Lines without their line ends, oldest first. With `follow` it ends when the Pod is gone or `signal` aborts. */
  logs(namespace: string, pod: string, options?: PodLogOptions): AsyncIterable<string>;
}

export interface PodLogOptions {
  /** Default: the Pod's only or first container. */
  container?: string;
  follow?: boolean;
  /** The log of the container's run before the current one. Empty when there was none. */
  previous?: boolean;
  /** Only this many lines from the end, then whatever follows. */
  tailLines?: number;
  /** Puts an RFC 3339 time and a space before each line. */
  timestamps?: boolean;
  signal?: AbortSignal;
}
