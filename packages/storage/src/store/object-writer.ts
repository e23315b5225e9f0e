import { internalError, modifiedSince, splitObjectKey, type GroupResource } from '@kubernode/apimachinery';
import { assert, errorMessage } from '@kubernode/base';
import { EtcdError, type EtcdEvent, type KeyValue } from '@kubernode/rpc';
import type { StorageBackend } from '../backend.ts';
import { storedObject, type CachedObject, type Reading } from './cached-object.ts';
import { metadataOffset, withoutRevision } from './canonical.ts';
import type { Change, ObjectStore, StoredObject, UpdateResult, WriteOptions } from './object-store.ts';
import type { ReadValue } from './stored-values.ts';
import { requireFence, transact, type Outcome } from './transaction.ts';

export interface ObjectWriterDependencies {
  backend: StorageBackend;
  prefix: string;
  resource: GroupResource;
  reading: Reading;
  /** What is to stand in etcd; throws when it cannot be encrypted. */
  seal: (bytes: Buffer, etcdKey: string) => Buffer;
  /** As the watch cache has it. */
  cached: (key: string) => CachedObject | undefined;
  /** Straight from etcd. Rejects when it cannot be read. */
  read: (key: string, signal: AbortSignal | undefined) => Promise<ReadValue | undefined>;
  /** What a key holds. Rejects when it cannot be read. */
  valueOf: (kv: KeyValue) => Promise<ReadValue>;
}

type ChangeOf = Parameters<ObjectStore['update']>[1];
type WrittenChange = Exclude<Change, { kind: 'unchanged' }>;

/** What an attempt begins from. */
interface Base {
  current: CachedObject | undefined;
  /** It was read from etcd; the cache's may be older. */
  isNewest: boolean;
  /** Only known of the newest: see `ReadValue`. */
  isStale: boolean;
}

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

  async create(key: string, bytes: Buffer, options: Parameters<ObjectStore['create']>[2]): Promise<StoredObject> {
    const outcome = await this.#put(key, 0, bytes, options.ttlSeconds, options);
    if (!outcome.done) throw options.exists();
    return this.#written(key, outcome.revision, bytes, options.object);
  }

  async update(key: string, change: ChangeOf, options: WriteOptions): Promise<UpdateResult> {
    let base: Base = { current: this.#newestKnown(key), isNewest: false, isStale: false };
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const step = await this.#attempt(key, base, change, options);
      if ('result' in step) return step.result;
      base = step.base;
    }
    throw modifiedSince(this.#dependencies.resource, splitObjectKey(key).name);
  }

  /** What an event brings, when this replica wrote it and has it already: a key has one value at a revision. */
  ownWrite({ key, modRevision }: KeyValue): ReadValue | undefined {
    const own = this.#ownWrites.size === 0 ? undefined : this.#ownWrites.get(key.slice(this.#dependencies.prefix.length));
    return own?.revision === modRevision ? { object: own, isStale: false } : undefined;
  }

  /** An event of the watch, before the cache takes it: own writes up to it are not needed any more. */
  observe({ kv }: EtcdEvent): void {
    if (this.#ownWrites.size === 0) return;
    const key = kv.key.slice(this.#dependencies.prefix.length);
    const own = this.#ownWrites.get(key);
    if (own !== undefined && own.revision <= kv.modRevision) this.#ownWrites.delete(key);
  }

  /** The cache begins anew, at what the feed has given already. */
  forgetOwnWrites(): void { this.#ownWrites.clear(); }

  async #attempt(key: string, base: Base, change: ChangeOf, options: WriteOptions): Promise<{ result: UpdateResult } | { base: Base }> {
    const { current, isNewest } = base;
    const decided = await decide(change, current);
    if ('write' in decided) return this.#tryWrite(key, current, decided.write, options);
    let { isStale } = base;
    if (!isNewest) {
      const newest = await this.#dependencies.read(key, options.signal);
      if (newest?.object.revision !== current?.revision) return { base: newestBase(newest) };
      isStale = newest?.isStale === true;
    }
    if ('error' in decided) throw decided.error;
    assert(current !== undefined, 'only an object that exists can stay unchanged');
    if (!isStale) {
      if (options.fence !== undefined) await this.#requireFence(key, options); // a former leader is told so by what changes nothing, too
      return { result: { outcome: 'unchanged', object: current } };
    }
    return this.#tryWrite(key, current, { kind: 'write', bytes: withoutRevision(current.bytes), ttlSeconds: decided.unchanged.ttlSeconds }, options);
  }

  async #tryWrite(key: string, current: CachedObject | undefined, change: WrittenChange, options: WriteOptions): Promise<{ result: UpdateResult } | { base: Base }> {
    const outcome = await this.#write(key, current, change, options);
    if (outcome.done) return { result: this.#resultOf(key, current, change, outcome.revision) };
    return { base: newestBase(outcome.current === undefined ? undefined : await this.#dependencies.valueOf(outcome.current)) };
  }

  #write(key: string, current: CachedObject | undefined, change: WrittenChange, options: WriteOptions): Promise<Outcome> {
    const baseRevision = current?.revision ?? 0;
    if (change.kind === 'write') return this.#put(key, baseRevision, change.bytes, change.ttlSeconds, options);
    assert(current !== undefined, 'only an object that exists can be deleted');
    return this.#transact({ key: this.#dependencies.prefix + key, baseRevision, value: undefined }, options, 'delete');
  }

  async #put(key: string, baseRevision: number, bytes: Buffer, ttlSeconds: number | undefined, options: WriteOptions): Promise<Outcome> {
    assert(metadataOffset(bytes) > 0, 'objects are written in canonical form');
    const { prefix, backend: { leases } } = this.#dependencies;
    const etcdKey = prefix + key;
    const attempt = { key: etcdKey, baseRevision, value: this.#seal(bytes, etcdKey) };
    const operation = baseRevision === 0 ? 'create' : 'update';
    if (ttlSeconds === undefined || ttlSeconds === 0) return this.#transact(attempt, options, operation);
    const lease = await leases.leaseFor(ttlSeconds);
    try { return await this.#transact({ ...attempt, lease }, options, operation); } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'leaseNotFound') throw error;
      leases.forget(lease); // it ran out, or etcd was restored from a backup
      return this.#transact({ ...attempt, lease: await leases.leaseFor(ttlSeconds) }, options, operation);
    }
  }

  #seal(bytes: Buffer, etcdKey: string): Buffer {
    try { return this.#dependencies.seal(bytes, etcdKey); } catch (error) { throw internalError(error); }
  }

  #transact(attempt: Parameters<typeof transact>[1], given: WriteOptions, operation: string): Promise<Outcome> {
    const { backend, resource } = this.#dependencies;
    const { etcd, fences, clock, rng } = backend;
    const { fence, othersMayWriteTheSame, course } = given;
    const span = course?.transaction(operation);
    const options = { get signal() { return given.signal; }, fence: this.#fenceInEtcd(fence), othersMayWriteTheSame, traceparent: span?.traceparent }; // the signal is made when it is looked at
    const running = backend.timed(operation, resource, () => transact({ etcd, fences, clock, rng, resource }, attempt, options), course);
    if (span !== undefined) running.then(() => { span.end(); }, (error: unknown) => { span.end({ error: errorMessage(error) }); }); // who waits deals with the error
    return running;
  }

  async #requireFence(key: string, { fence, signal }: WriteOptions): Promise<void> {
    const { backend: { fences }, resource, prefix } = this.#dependencies;
    await requireFence({ fences, resource }, prefix + key, { fence: this.#fenceInEtcd(fence), signal });
  }

  #fenceInEtcd(fence: WriteOptions['fence']): WriteOptions['fence'] {
    return fence && { ...fence, key: this.#dependencies.backend.keyOf(fence.key) };
  }

  #resultOf(key: string, current: CachedObject | undefined, change: WrittenChange, revision: number): UpdateResult {
    if (change.kind === 'write') return { outcome: 'written', object: this.#written(key, revision, change.bytes, change.object) };
    this.#ownWrites.delete(key);
    return { outcome: 'deleted', object: (current as CachedObject).deletedAt(revision) }; // #write asserted it
  }

  #written(key: string, revision: number, bytes: Buffer, made: object | undefined): CachedObject {
    const cached = this.#dependencies.cached(key);
    const isThere = cached?.revision === revision; // the watch was faster
    const object = isThere ? cached : storedObject(key, revision, bytes, this.#dependencies.reading);
    if (made !== undefined) object.adopt(made);
    if (isThere) return object;
    if (this.#dependencies.backend.feed.revision < revision && this.#ownWrites.size < OWN_WRITES_MAX) this.#ownWrites.set(key, object);
    return object;
  }

  #newestKnown(key: string): CachedObject | undefined {
    const cached = this.#dependencies.cached(key);
    const own = this.#ownWrites.get(key);
    return own !== undefined && own.revision > (cached?.revision ?? 0) ? own : cached;
  }
}

function newestBase(value: ReadValue | undefined): Base {
  return { current: value?.object, isNewest: true, isStale: value?.isStale === true };
}

type Decided = { write: WrittenChange } | { unchanged: { ttlSeconds?: number | undefined } } | { error: unknown };

async function decide(change: ChangeOf, current: StoredObject | undefined): Promise<Decided> {
  try {
    const decided = await change(current);
    return decided.kind === 'unchanged' ? { unchanged: decided } : { write: decided };
  } catch (error) { return { error }; }
}
