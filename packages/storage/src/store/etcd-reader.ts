import type { GroupResource } from '@kubernode/apimachinery';
import { EtcdError, prefixRangeEnd, type KeyValue, type RangeResponse } from '@kubernode/rpc';
import type { StorageBackend } from '../backend.ts';
import type { CachedObject } from './cached-object.ts';
import { startKey } from './list-page.ts';
import type { ListOptions, ListPage } from './object-store.ts';
import { tooLargeRevision, tooOldToList } from './storage-errors.ts';
import { UnreadableValue, type ReadOutcome, type ReadValue } from './stored-values.ts';

export interface EtcdReaderDependencies {
  backend: StorageBackend;
  prefix: string;
  resource: GroupResource;
  read: (kv: KeyValue) => ReadOutcome | Promise<ReadOutcome>;
}

/** Objects of one answer when all are read: some megabytes at usual sizes. */
const LOAD_PAGE_COUNT = 1_000;

/** Reads that go to etcd itself: the load of a cache, and what a cache cannot answer. */
export class EtcdReader {
  readonly #dependencies: EtcdReaderDependencies;

  constructor(dependencies: EtcdReaderDependencies) { this.#dependencies = dependencies; }

  /** @throws UnreadableValue */
  async get(key: string, signal: AbortSignal | undefined): Promise<{ revision: number; value: ReadValue | undefined }> {
    const { backend, prefix, resource } = this.#dependencies;
    const { revision, kvs: [kv] } = await backend.timed('get', resource, () => backend.etcd.range({ key: prefix + key }, { signal }));
    return { revision, value: kv === undefined ? undefined : await this.require(kv) };
  }

  /** What a key holds. @throws UnreadableValue */
  async require(kv: KeyValue): Promise<ReadValue> { return readable(await this.#dependencies.read(kv)); }

  /** Everything as it was at a revision, also what cannot be read, and etcd's revision when it was asked. */
  async load(revision: number, signal: AbortSignal): Promise<{ current: number; values: ReadOutcome[] }> {
    const values: ReadOutcome[] = [];
    let current: number | undefined;
    for (let from = ''; ;) {
      const answer = await this.#range({ from, keyPrefix: '', limit: LOAD_PAGE_COUNT, revision, signal });
      current ??= answer.revision;
      for (const kv of answer.kvs) {
        const value = this.#dependencies.read(kv);
        values.push(value instanceof Promise ? await value : value); // awaiting what is there already would cost more than reading it
      }
      const last = answer.kvs.at(-1);
      if (!answer.more || last === undefined) return { current, values };
      from = `${this.#keyOf(last)}\0`;
    }
  }

  /** A page at a revision, or at etcd's present one. @throws UnreadableValue */
  async list({ keyPrefix, afterKey, limit, matches, signal }: ListOptions, exactRevision: number | undefined): Promise<ListPage> {
    this.#dependencies.backend.metrics.storageLists.inc({ group: this.#dependencies.resource.group, resource: this.#dependencies.resource.resource });
    const items: CachedObject[] = [];
    let revision = exactRevision;
    for (let from = startKey(keyPrefix, afterKey); ;) {
      const answer = await this.#range({ from, keyPrefix, limit: limit === 0 ? LOAD_PAGE_COUNT : Math.max(limit - items.length, 1), revision, signal }).catch((error: unknown) => { throw listFault(error, exactRevision ?? 0, afterKey !== undefined); });
      revision ??= answer.revision;
      for (const kv of answer.kvs) {
        const value = this.#dependencies.read(kv);
        const { object } = readable(value instanceof Promise ? await value : value);
        if (matches === undefined || matches(object.attributes, object)) items.push(object);
      }
      const last = answer.kvs.at(-1);
      if (!answer.more || last === undefined) return { revision, items };
      const lastKey = this.#keyOf(last);
      if (limit > 0 && items.length >= limit) return { revision, items, nextKey: lastKey, ...(matches === undefined && { remaining: answer.count - answer.kvs.length }) };
      from = `${lastKey}\0`;
    }
  }

  #range({ from, keyPrefix, limit, revision, signal }: { from: string; keyPrefix: string; limit: number; revision: number | undefined; signal: AbortSignal | undefined }): Promise<RangeResponse> {
    const { backend, prefix, resource } = this.#dependencies;
    return backend.timed('list', resource, () => backend.etcd.range({ key: prefix + from, rangeEnd: prefixRangeEnd(prefix + keyPrefix), limit, revision }, { signal }));
  }

  #keyOf(kv: KeyValue): string { return kv.key.slice(this.#dependencies.prefix.length); }
}

function readable(value: ReadOutcome): ReadValue {
  if (value instanceof UnreadableValue) throw value;
  return value;
}

function listFault(error: unknown, revision: number, isContinued: boolean): unknown {
  if (!(error instanceof EtcdError)) return error;
  if (error.code === 'compacted') return tooOldToList(isContinued);
  return error.code === 'futureRevision' ? tooLargeRevision(revision, 0) : error;
}
