/** The words in which the tables beside this file say how far hikyaku honours a field. A field no table names is not honoured. */

export type Support =
  /** Has the meaning Kubernetes or Istio gives it; with `values`, only those have it. */
  | { readonly level: 'works'; readonly values?: readonly unknown[] }
  /** Accepted without a warning, because doing nothing about it changes nothing a user could miss here. */
  | { readonly level: 'harmless'; readonly why: string }
  /** Depends on the members; `*` stands for any name. A list is like its items. */
  | { readonly level: 'members'; readonly members: Members };

export type Members = Readonly<Record<string, Support>>;

export const works: Support = { level: 'works' };

export function worksFor(...values: unknown[]): Support {
  return { level: 'works', values };
}

export function harmless(why: string): Support {
  return { level: 'harmless', why };
}

export function members(fields: Members): Support {
  return { level: 'members', members: fields };
}

/** The same support for several fields. */
export function each(support: Support, ...names: string[]): Members {
  return Object.fromEntries(names.map((name) => [name, support]));
}

/** What all kinds have in common. */
export function resource(fields: Members): Support {
  return members({ apiVersion: works, kind: works, metadata, status: harmless('written by the system'), ...fields });
}

export const metadata = members({
  ...each(works, 'name', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'generateName'),
  ...each(
    harmless('written by the system'),
    ...[
      'uid',
      'resourceVersion',
      'generation',
      'creationTimestamp',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
      'managedFields',
      'selfLink',
    ],
  ),
});
