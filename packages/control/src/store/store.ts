/**
 * The store: every resource of the system, kept on disk, each change numbered and told to watchers. It decides what a write means
 * (admission, generation, optimistic concurrency, deletion); how it is kept is `database.ts`, how it is told `change-feed.ts`.
 *
 * All work is synchronous inside one transaction, so no two writes can interleave; the interface is asynchronous only because
 * others (the API client) implement it too.
 */
import { ResourceError, Namespaces, Services } from '@hikyaku/resources';
import type {
  DeleteOptions,
  Kind,
  ListOptions,
  Resource,
  ResourceClient,
  ResourceList,
  Service,
  WatchEvent,
  WatchOptions,
} from '@hikyaku/resources';
import { copyOf, isSameJson, omit } from '../json.ts';
import { resourceName } from '../resource-name.ts';
import { admit } from './admission.ts';
import { ChangeFeed, type Change } from './change-feed.ts';
import { openDatabase, type ChangeType, type Database, type LoggedChange, type ObjectKey, type ObjectRow } from './database.ts';
import { foregroundFinalizer, isReadyToGo, planDeletion } from './deletion.ts';
import { alreadyExists, notFound, otherUid, staleWrite } from './errors.ts';
import { initialObject } from './new-object.ts';
import { eventTypeFor, isSelected, type Selection } from './selection.ts';
import type { AddressBook } from './service-addresses.ts';

export interface StoreOptions {
  /** Where the state is kept; created with mode 0600. `:memory:` keeps nothing. */
  file: string;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface WriteOptions {
  /** Go through everything but keep nothing and tell nobody. */
  dryRun?: boolean;
}

export interface ObserveOptions extends Selection {
  /** Absent: first one ADDED for everything there is. Throws `Expired` when the log no longer reaches back so far. */
  resourceVersion?: string | undefined;
  signal: AbortSignal;
}

/** The store inside one transaction: what is written is read back, and becomes known to others when the transaction commits. */
export interface StoreTransaction {
  get(kind: Kind, namespace: string | undefined, name: string): Resource | undefined;
  list(kind: Kind): Resource[];
  /** Errors as in ResourceClient; let them through, and nothing of the transaction has happened. */
  create(kind: Kind, object: Resource): Resource;
  update(kind: Kind, object: Resource): Resource;
  delete(kind: Kind, namespace: string | undefined, name: string): void;
}

/** A ResourceClient without a network in between. Everything it hands out is the caller's own, except what `observe` shows. */
export interface Store extends ResourceClient {
  /** The version of the latest write. */
  readonly resourceVersion: string;
  create<R extends Resource>(kind: Kind<R>, object: R, options?: WriteOptions): Promise<R>;
  update<R extends Resource>(kind: Kind<R>, object: R, options?: WriteOptions): Promise<R>;
  updateStatus<R extends Resource>(kind: Kind<R>, object: R, options?: WriteOptions): Promise<R>;
  delete(kind: Kind, namespace: string | undefined, name: string, options?: DeleteOptions & WriteOptions): Promise<void>;
  /** All that `work` writes, or nothing of it when it throws; what it throws is thrown. */
  atomically<T>(work: (transaction: StoreTransaction) => T): T;
  /** Like watch, for those who pass changes on as they are (the API server): no copies, and errors are thrown. */
  observe(kind: Kind, options: ObserveOptions, onChange: (type: WatchEvent<Resource>['type'], change: Change) => void): void;
  /** May be called twice. Watches end silently. */
  close(): void;
}

/** Opens the state in `file`, or begins a new one with the namespaces `default`, `kube-system` and Istio's `istio-system`. Throws when another process uses it. */
export function openStore({ file, now = Date.now }: StoreOptions): Store {
  const store = new SqliteStore(openDatabase(file), now);
  for (const name of ['default', 'kube-system', 'istio-system']) store.ensureNamespace(name);
  return store;
}

class SqliteStore implements Store {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #feed = new ChangeFeed();
  #version: number;
  /** Changes of the transaction under way; they become known when it commits. */
  #uncommitted: Change[] = [];

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#version = database.lastVersion();
  }

  get resourceVersion(): string {
    return String(this.#version);
  }

  // What these methods throw reaches the caller as a rejection, as from any other ResourceClient: hence `async` without an `await`.
  /* eslint-disable @typescript-eslint/require-await */

  async get<R extends Resource>(kind: Kind<R>, namespace: string | undefined, name: string): Promise<R | undefined> {
    return this.#read(keyOf(kind, namespace, name)) as R | undefined;
  }

  async list<R extends Resource>(kind: Kind<R>, options: ListOptions = {}): Promise<ResourceList<R>> {
    const rows = this.#database.list(resourceName(kind), options.namespace);
    const items = rows.map((row) => parse(row) as R).filter((object) => isSelected(options, object));
    return { items, resourceVersion: this.resourceVersion };
  }

  async create<R extends Resource>(kind: Kind<R>, object: R, options: WriteOptions = {}): Promise<R> {
    return this.#write(options, () => this.#create(kind, copyOf(object)) as R);
  }

  async update<R extends Resource>(kind: Kind<R>, object: R, options: WriteOptions = {}): Promise<R> {
    return this.#write(options, () => this.#update(kind, copyOf(object)) as R);
  }

  async updateStatus<R extends Resource>(kind: Kind<R>, object: R, options: WriteOptions = {}): Promise<R> {
    return this.#write(options, () => {
      const old = this.#current(kind, object);
      const { status } = copyOf(object);
      return this.#replace(kind, { ...omit(old, 'status'), ...(status !== undefined && { status }) }, old) as R;
    });
  }

  async delete(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions & WriteOptions = {},
  ): Promise<void> {
    this.#write(options, () => this.#deleteNamed(kind, namespace, name, options));
  }

  /* eslint-enable @typescript-eslint/require-await */

  atomically<T>(work: (transaction: StoreTransaction) => T): T {
    return this.#write({}, () =>
      work({
        get: (kind, namespace, name) => this.#read(keyOf(kind, namespace, name)),
        list: (kind) => this.#database.list(resourceName(kind), undefined).map(parse),
        create: (kind, object) => this.#create(kind, copyOf(object)),
        update: (kind, object) => this.#update(kind, copyOf(object)),
        delete: (kind, namespace, name) => this.#deleteNamed(kind, namespace, name, {}),
      }),
    );
  }

  watch<R extends Resource>(kind: Kind<R>, options: WatchOptions, onEvent: (event: WatchEvent<R>) => void): void {
    const relay = (type: WatchEvent<R>['type'], { text }: Change) => onEvent({ type, object: JSON.parse(text) as R });
    try {
      this.observe(kind, options, relay);
    } catch (error) {
      if (!(error instanceof ResourceError) || error.reason !== 'Expired') throw error;
      this.observe(kind, omit(options, 'resourceVersion'), relay);
    }
  }

  observe(kind: Kind, options: ObserveOptions, onChange: (type: WatchEvent<Resource>['type'], change: Change) => void): void {
    this.#feed.subscribe({
      resource: resourceName(kind),
      start: options.resourceVersion === undefined ? this.#everything(kind) : this.#changesAfter(kind, options.resourceVersion),
      startVersion: this.#version,
      signal: options.signal,
      onChange: (change) => {
        const type = eventTypeFor(options, change);
        if (type !== undefined) onChange(type, change);
      },
    });
  }

  close(): void {
    this.#feed.close();
    this.#database.close();
  }

  ensureNamespace(name: string): void {
    const namespace: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    if (this.#read(keyOf(Namespaces, undefined, name)) === undefined) this.#write({}, () => this.#create(Namespaces, namespace));
  }

  // ── writes, inside a transaction ──

  #write<T>({ dryRun = false }: WriteOptions, work: () => T): T {
    const before = this.#version;
    try {
      const result = this.#database.transaction(work, !dryRun);
      if (dryRun) this.#version = before;
      else for (const change of this.#uncommitted) this.#feed.publish(change);
      return result;
    } catch (error) {
      this.#version = before;
      throw error;
    } finally {
      this.#uncommitted = [];
    }
  }

  #create(kind: Kind, object: Resource): Resource {
    const created = initialObject(kind, object, new Date(this.#now()));
    this.#requireNamespace(kind, created);
    const admitted = admit({ object: created, addresses: () => this.#addressBook(created) });
    if (this.#read(keyOf(kind, created.metadata.namespace, created.metadata.name)) !== undefined) {
      throw alreadyExists(kind, created.metadata.name);
    }
    const stored = this.#put('ADDED', kind, admitted);
    this.#deleteIfOrphaned(kind, stored);
    return stored;
  }

  #update(kind: Kind, object: Resource): Resource {
    const old = this.#current(kind, object);
    const admitted = admit({ object: withServerFields(object, old), old, addresses: () => this.#addressBook(old) });
    const generation = (old.metadata.generation ?? 1) + (isSameJson(admitted.spec, old.spec) ? 0 : 1);
    return this.#replace(kind, { ...admitted, metadata: { ...admitted.metadata, generation } }, old);
  }

  /** Writes nothing when nothing changes, so that writers need not compare and watchers are not woken for nothing. */
  #replace(kind: Kind, object: Resource, old: Resource): Resource {
    if (isSameJson(object, old)) return old;
    const stored = this.#put('MODIFIED', kind, object, old);
    if (isReadyToGo(stored)) this.#remove(kind, stored);
    return stored;
  }

  /** The object that a write is about, after checking that the writer has seen its latest version where it says which it saw. */
  #current(kind: Kind, { metadata }: Resource): Resource {
    const old = this.#read(keyOf(kind, metadata.namespace, metadata.name));
    if (old === undefined) throw notFound(kind, metadata.name);
    if (metadata.uid !== undefined && metadata.uid !== old.metadata.uid)
      throw otherUid(kind, metadata.name, metadata.uid, old.metadata.uid);
    const seen = metadata.resourceVersion;
    if (seen !== undefined && seen !== '' && seen !== old.metadata.resourceVersion) throw staleWrite(kind, metadata.name);
    return old;
  }

  #deleteNamed(kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions): void {
    const object = this.#read(keyOf(kind, namespace, name));
    if (object === undefined) throw notFound(kind, name);
    if (options.uid !== undefined && options.uid !== object.metadata.uid)
      throw otherUid(kind, name, options.uid, object.metadata.uid);
    this.#delete(kind, object, options);
  }

  #delete(kind: Kind, object: Resource, options: DeleteOptions): void {
    const dependants = this.#database.dependants(object.metadata.uid ?? '');
    if (options.propagationPolicy === 'Orphan') dependants.forEach((row) => this.#disown(row, object));
    const plan = planDeletion(object, options, this.#now(), options.propagationPolicy !== 'Orphan' && dependants.length > 0);
    if (plan.action === 'remove') {
      this.#remove(kind, object);
      return;
    }
    if (!isSameJson(plan.object, object)) this.#put('MODIFIED', kind, plan.object, object);
    if (options.propagationPolicy === 'Foreground') dependants.forEach((row) => this.#deleteRow(row, options));
  }

  /** Takes the object out, then sees to those it owned and those that were waiting for it. */
  #remove(kind: Kind, object: Resource): void {
    const change = this.#change('DELETED', kind, object, object);
    this.#database.remove(loggedChange(change, object), object.metadata.uid ?? '');
    for (const row of this.#database.dependants(object.metadata.uid ?? ''))
      this.#disown(row, object, 'delete when nobody owns it');
    for (const owner of object.metadata.ownerReferences ?? []) this.#finishForegroundDeletion(owner.uid);
  }

  /** Takes `owner` out of a dependant's owners; a dependant without any living owner goes too, where that is asked for. */
  #disown(row: ObjectRow, owner: Resource, orphans?: 'delete when nobody owns it'): void {
    const object = parse(row);
    const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    const isOwned = others.some(({ uid }) => this.#database.byUid(uid) !== undefined);
    if (orphans !== undefined && !isOwned) {
      this.#deleteRow(row, {});
      return;
    }
    const metadata = { ...omit(object.metadata, 'ownerReferences'), ...(others.length > 0 && { ownerReferences: others }) };
    this.#replace(kindOfRow(row, object), { ...object, metadata }, object);
  }

  /** An object that names owners of which none exists (any more) came too late. */
  #deleteIfOrphaned(kind: Kind, object: Resource): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length > 0 && owners.every(({ uid }) => this.#database.byUid(uid) === undefined)) this.#delete(kind, object, {});
  }

  #finishForegroundDeletion(ownerUid: string): void {
    const row = this.#database.byUid(ownerUid);
    if (row === undefined || this.#database.dependants(ownerUid).length > 0) return;
    const owner = parse(row);
    if (!owner.metadata.finalizers?.includes(foregroundFinalizer)) return;
    const finalizers = owner.metadata.finalizers.filter((finalizer) => finalizer !== foregroundFinalizer);
    this.#replace(kindOfRow(row, owner), { ...owner, metadata: { ...owner.metadata, finalizers } }, owner);
  }

  #deleteRow(row: ObjectRow, options: DeleteOptions): void {
    const object = parse(row);
    this.#delete(kindOfRow(row, object), object, omit(options, 'uid'));
  }

  #put(type: 'ADDED' | 'MODIFIED', kind: Kind, object: Resource, previous?: Resource): Resource {
    const change = this.#change(type, kind, object, previous);
    this.#database.put(loggedChange(change, object), object);
    return JSON.parse(change.text) as Resource;
  }

  #change(type: ChangeType, kind: Kind, object: Resource, previous: Resource | undefined): Change {
    const version = ++this.#version;
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const text = JSON.stringify(versioned);
    const change = { type, version, resource: resourceName(kind), object: versioned, text, ...(previous && { previous }) };
    this.#uncommitted.push(change);
    return change;
  }

  // ── reads ──

  #read(key: ObjectKey): Resource | undefined {
    const row = this.#database.get(key);
    return row === undefined ? undefined : parse(row);
  }

  #everything(kind: Kind): Change[] {
    const resource = resourceName(kind);
    return this.#database.list(resource).map((row) => startingChange('ADDED', resource, row.text));
  }

  #changesAfter(kind: Kind, resourceVersion: string): Change[] {
    const version = Number(resourceVersion);
    const oldest = this.#database.oldestWatchableVersion();
    if (!Number.isSafeInteger(version) || version < 0) {
      throw new ResourceError('BadRequest', `resourceVersion ${resourceVersion} is not one of this store`);
    }
    if (version < oldest || version > this.#version) {
      throw new ResourceError('Expired', `too old resource version: ${version} (${oldest})`);
    }
    const resource = resourceName(kind);
    return this.#database.changesAfter(version, resource).map(({ type, text }) => startingChange(type, resource, text));
  }

  #requireNamespace(kind: Kind, { metadata }: Resource): void {
    if (!kind.namespaced) return;
    const name = metadata.namespace ?? 'default';
    const namespace = this.#read(keyOf(Namespaces, undefined, name));
    if (namespace === undefined) throw notFound(Namespaces, name);
    if (namespace.metadata.deletionTimestamp !== undefined) {
      throw new ResourceError('Forbidden', `namespace ${name} is being deleted; nothing new can be created in it`);
    }
  }

  #addressBook(except: Resource): AddressBook {
    const services = this.#database.list(resourceName(Services)).map((row) => parse(row) as Service);
    const others = services.filter(
      ({ metadata }) => metadata.name !== except.metadata.name || metadata.namespace !== except.metadata.namespace,
    );
    const salt = this.#read(keyOf(Namespaces, undefined, 'kube-system'))?.metadata.uid ?? '';
    return { salt, taken: new Set(others.flatMap(({ spec }) => spec?.clusterIP ?? [])) };
  }
}

function keyOf(kind: Kind, namespace: string | undefined, name: string): ObjectKey {
  return { resource: resourceName(kind), namespace: kind.namespaced ? (namespace ?? 'default') : '', name };
}

/** Rows hold what this store wrote, and it validated everything on the way in. */
function parse({ text }: { text: string }): Resource {
  return JSON.parse(text) as Resource;
}

function kindOfRow(row: ObjectRow, object: Resource): Kind {
  const [plural = '', ...group] = row.resource.split('.');
  const version = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  return { group: group.join('.'), version, plural, kind: object.kind, namespaced: row.namespace !== '' };
}

function loggedChange(change: Change, { metadata }: Resource): LoggedChange {
  const { type, version, resource, text } = change;
  return { type, version, resource, namespace: metadata.namespace ?? '', name: metadata.name, text };
}

function startingChange(type: ChangeType, resource: string, text: string): Change {
  const object = JSON.parse(text) as Resource;
  return { type, version: Number(object.metadata.resourceVersion), resource, object, text };
}

/** The update, with everything an update cannot change taken from the stored object. */
function withServerFields(object: Resource, old: Resource): Resource {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, namespace, resourceVersion } =
    old.metadata;
  const fixed = { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, namespace, resourceVersion };
  const known = Object.fromEntries(Object.entries(fixed).filter(([, value]) => value !== undefined));
  const own = omit(object.metadata, 'deletionTimestamp', 'deletionGracePeriodSeconds');
  return { ...omit(object, 'status'), ...(old.status !== undefined && { status: old.status }), metadata: { ...own, ...known } };
}
