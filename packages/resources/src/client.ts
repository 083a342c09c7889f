/**
 * How every part of the system reads and writes resources. The store implements it in-process; the API client implements it
 * over HTTPS. Controllers, the node and the mesh know this interface and nothing behind it.
 *
 * Calls are asynchronous because one implementation is remote. Objects handed out are the caller's own copies.
 */
import type { KindRef, LabelSelector, Resource } from './model.ts';

export interface ResourceClient {
  /** The object, or undefined when there is none. */
  get<R extends Resource>(kind: Kind<R>, namespace: string | undefined, name: string): Promise<R | undefined>;
  list<R extends Resource>(kind: Kind<R>, options?: ListOptions): Promise<ResourceList<R>>;
  /** Throws `AlreadyExists` when the name is taken. Fills in uid, creationTimestamp, generation and resourceVersion. */
  create<R extends Resource>(kind: Kind<R>, object: R): Promise<R>;
  /** Replaces everything but status. Throws `NotFound`, and `Conflict` when `metadata.resourceVersion` is given and stale. */
  update<R extends Resource>(kind: Kind<R>, object: R): Promise<R>;
  /** Replaces status only; same errors as update. */
  updateStatus<R extends Resource>(kind: Kind<R>, object: R): Promise<R>;
  /**
   * Asks for deletion. Pods and objects with finalizers get a deletionTimestamp and go when the node (or the finalizer's owner) says
   * so by deleting with gracePeriodSeconds 0; everything else is gone at once. Dependants follow by their ownerReferences. Throws `NotFound`.
   */
  delete(kind: Kind, namespace: string | undefined, name: string, options?: DeleteOptions): Promise<void>;
  /**
   * Calls `onEvent` for every change after `resourceVersion` (or, when absent, first one ADDED per existing object), in order,
   * until `signal` aborts. Never throws into the caller; a remote implementation reconnects and re-lists by itself.
   */
  watch<R extends Resource>(kind: Kind<R>, options: WatchOptions, onEvent: (event: WatchEvent<R>) => void): void;
}

/** A KindRef that remembers, for the compiler, what its objects look like. `phantom` never exists at run time. */
export interface Kind<R extends Resource = Resource> extends KindRef {
  kind: string;
  namespaced: boolean;
  phantom?: R;
}

export interface ListOptions {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: LabelSelector;
}

export interface ResourceList<R extends Resource> {
  items: R[];
  /** The store's version at the time of the list: watch from here to miss nothing. */
  resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  resourceVersion?: string;
  signal: AbortSignal;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  /** Delete only the object with this uid; otherwise `Conflict`. */
  uid?: string;
  /** What happens to dependants: they follow (`Background`, the default), they go first (`Foreground`), or they stay (`Orphan`). */
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

export interface WatchEvent<R extends Resource> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: R;
}

/** The reasons a request can fail for: the `reason` of a Kubernetes Status object. */
export type ErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'Expired'
  | 'MethodNotAllowed'
  | 'UnsupportedMediaType'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'ServiceUnavailable'
  | 'InternalError';

/** What a ResourceClient throws. `reason` is stable; `message` is for people. */
export class ResourceError extends Error {
  readonly reason: ErrorReason;

  constructor(reason: ErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ResourceError';
    this.reason = reason;
  }
}
