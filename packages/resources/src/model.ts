/**
 * The shape every resource has, whatever its kind: the Kubernetes object model.
 * The typed kinds are in `kinds.ts`; what may be written in each is in `schema.ts`.
 */

/** Metadata of the parts of the Kubernetes API conventions that hikyaku keeps. */
export interface ObjectMeta {
  name: string;
  /** Absent on cluster-scoped kinds only; the API fills in `default`. */
  namespace?: string;
  uid?: string;
  /** Opaque to clients; within this system a decimal number that grows with every write. */
  resourceVersion?: string;
  /** Grows when `spec` changes; never when only `status` or metadata does. */
  generation?: number;
  /** RFC 3339, UTC. */
  creationTimestamp?: string;
  /** Set when deletion has been asked for but something (the node, a finalizer) still has to finish. */
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  generateName?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** One resource of any kind. `Spec` and `Status` are given by the typed kinds. */
export interface Resource<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
}

/** Names a kind by its REST path: `{ group: 'apps', version: 'v1', plural: 'deployments' }`; the core group is `''`. */
export interface KindRef {
  group: string;
  version: string;
  plural: string;
}

/** A condition as the Kubernetes API conventions define it. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

/** matchLabels and matchExpressions, as in `spec.selector` of a workload. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}
