import { modifiedSince, splitObjectKey, type GroupResource } from '@kubernode/apimachinery';
import { assert } from '@kubernode/base';
import { EtcdError, type EtcdEvent, type KeyValue } from '@kubernode/rpc';
import type { StorageBackend } from '../backend.ts';
import { objectFromEtcd, type AttributesOf, type CachedObject } from './cached-object.ts';
import { metadataOffset } from './canonical.ts';
import type { Change, ObjectStore, StoredObject, UpdateResult, WriteOptions } from './object-store.ts';
import { transact, type Outcome } from './transaction.ts';

export interface ObjectWriterDependencies {
  backend: StorageBackend;
  prefix: string;
  resource: GroupResource;
  attributesOf: AttributesOf;
  /** Encrypts what is written. */
  seal: ((bytes: Buffer, etcdKey: string) => Buffer) | undefined;
  /** As the watch cache has it. */
  cached: (key: string) => CachedObject | undefined;
  /** Straight from etcd. */
  read: (key: string, signal: AbortSignal | undefined) => Promise<CachedObject | undefined>;
  /** Undefined for what cannot be read. */
  objectOf: (kv: KeyValue) => CachedObject | undefined;
}

type ChangeOf = Parameters<ObjectStore['update']>[1];

/** Each lost race means that another writer won, so this many in a row mean a writer that never rests. */
const ATTEMPTS_MAX = 1_000;
/** Own writes that the watch has not brought back yet; more only when the watch is broken, and then they are forgotten. */
const OWN_WRITES_MAX = 4_096;

/** The writes of one resource: compare and write in one transaction, beginning from what the cache believes. */
export class ObjectWriter {
  readonly #dependencies: ObjectWriterDependencies;
  /** What this replica wrote and its cache does not show yet, by key: the next update of it begins here instead of losing a race against itself. */
  readonly #ownWrites = new Map<string, CachedObject>();

  constructor(dependencies: ObjectWriterDependencies) { this.#dependencies = dependencies; }

  async create(key: string, bytes: Buffer, { ttlSeconds, exists, ...options }: Parameters<ObjectStore['create']>[2]): Promise<StoredObject> {
    const outcome = await this.#put(key, 0, bytes, ttlSeconds, options);
    if (!outcome.done) throw exists();
    return this.#written(key, outcome.revision, bytes);
  }

  async update(key: string, change: ChangeOf, options: WriteOptions): Promise<UpdateResult> {
    let current = this.#newestKnown(key);
    let isNewest = false;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const step = await this.#attempt(key, current, change, options, isNewest);
      if ('result' in step) return step.result;
      current = step.current;
      isNewest = true;
    }
    throw modifiedSince(this.#dependencies.resource, splitObjectKey(key).name);
  }

  /** An event of the watch, before the cache takes it: own writes up to it are not needed any more. */
  observe({ kv }: EtcdEvent): void {
    if (this.#ownWrites.size === 0) return;
    const key = kv.key.slice(this.#dependencies.prefix.length);
    const own = this.#ownWrites.get(key);
    if (own !== undefined && own.revision <= kv.modRevision) this.#ownWrites.delete(key);
  }

  /** The cache is loaded anew; it will know all that was written. */
  forgetOwnWrites(): void { this.#ownWrites.clear(); }

  async #attempt(key: string, current: CachedObject | undefined, change: ChangeOf, options: WriteOptions, isNewest: boolean): Promise<{ result: UpdateResult } | { current: CachedObject | undefined }> {
    const decided = await decide(change, current);
    if ('change' in decided && decided.change.kind !== 'unchanged') {
      const outcome = await this.#write(key, current, decided.change, options);
      if (outcome.done) return { result: this.#resultOf(key, current, decided.change, outcome.revision) };
      return { current: outcome.current === undefined ? undefined : this.#dependencies.objectOf(outcome.current) };
    }
    if (!isNewest) {
      const newest = await this.#dependencies.read(key, options.signal);
      if (newest?.revision !== current?.revision) return { current: newest };
    }
    if ('error' in decided) throw decided.error;
    assert(current !== undefined, 'only an object that exists can stay unchanged');
    return { result: { outcome: 'unchanged', object: current } };
  }

  #write(key: string, current: CachedObject | undefined, change: Exclude<Change, { kind: 'unchanged' }>, options: WriteOptions): Promise<Outcome> {
    const baseRevision = current?.revision ?? 0;
    if (change.kind === 'write') return this.#put(key, baseRevision, change.bytes, change.ttlSeconds, options);
    assert(current !== undefined, 'only an object that exists can be deleted');
    return this.#transact({ key: this.#dependencies.prefix + key, baseRevision, value: undefined }, options, 'delete');
  }

  async #put(key: string, baseRevision: number, bytes: Buffer, ttlSeconds: number | undefined, options: WriteOptions): Promise<Outcome> {
    assert(metadataOffset(bytes) > 0, 'objects are written in canonical form');
    const { seal, prefix, backend: { leases } } = this.#dependencies;
    const etcdKey = prefix + key;
    const attempt = { key: etcdKey, baseRevision, value: seal === undefined ? bytes : seal(bytes, etcdKey) };
    const operation = baseRevision === 0 ? 'create' : 'update';
    if (ttlSeconds === undefined || ttlSeconds === 0) return this.#transact(attempt, options, operation);
    const lease = await leases.leaseFor(ttlSeconds);
    try { return await this.#transact({ ...attempt, lease }, options, operation); } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'leaseNotFound') throw error;
      leases.forget(lease); // it ran out, or etcd was restored from a backup
      return this.#transact({ ...attempt, lease: await leases.leaseFor(ttlSeconds) }, options, operation);
    }
  }

  #transact(attempt: Parameters<typeof transact>[1], options: WriteOptions, operation: string): Promise<Outcome> {
    const { backend, resource } = this.#dependencies;
    return backend.timed(operation, resource, () => transact({ etcd: backend.etcd, clock: backend.clock, rng: backend.rng, resource }, attempt, options));
  }

  #resultOf(key: string, current: CachedObject | undefined, change: Exclude<Change, { kind: 'unchanged' }>, revision: number): UpdateResult {
    if (change.kind === 'write') return { outcome: 'written', object: this.#written(key, revision, change.bytes) };
    this.#ownWrites.delete(key);
    return { outcome: 'deleted', object: (current as CachedObject).deletedAt(revision) }; // #write asserted it
  }

  #written(key: string, revision: number, bytes: Buffer): CachedObject {
    const object = objectFromEtcd(key, revision, bytes, this.#dependencies.attributesOf);
    if (this.#dependencies.backend.feed.revision < revision && this.#ownWrites.size < OWN_WRITES_MAX) this.#ownWrites.set(key, object);
    return object;
  }

  #newestKnown(key: string): CachedObject | undefined {
    const cached = this.#dependencies.cached(key);
    const own = this.#ownWrites.get(key);
    return own !== undefined && own.revision > (cached?.revision ?? 0) ? own : cached;
  }
}

async function decide(change: ChangeOf, current: StoredObject | undefined): Promise<{ change: Change } | { error: unknown }> {
  try { return { change: await change(current) }; } catch (error) { return { error }; }
}
