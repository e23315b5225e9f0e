import type { GroupResource } from '@kubernode/apimachinery';
import { EtcdError, prefixRangeEnd, type KeyValue, type RangeResponse } from '@kubernode/rpc';
import type { StorageBackend } from '../backend.ts';
import type { CachedObject } from './cached-object.ts';
import { startKey } from './list-page.ts';
import type { ListOptions, ListPage } from './object-store.ts';
import { tooLargeRevision, tooOldToList } from './storage-errors.ts';

export interface EtcdReaderDependencies {
  backend: StorageBackend;
  prefix: string;
  resource: GroupResource;
  /** Undefined for what cannot be read. */
  objectOf: (kv: KeyValue) => CachedObject | undefined;
}

/** Objects of one answer when all are read: some megabytes at usual sizes. */
const LOAD_PAGE_COUNT = 1_000;

/** Reads that go to etcd itself: the load of a cache, and what a cache cannot answer. */
export class EtcdReader {
  readonly #dependencies: EtcdReaderDependencies;

  constructor(dependencies: EtcdReaderDependencies) { this.#dependencies = dependencies; }

  async get(key: string, signal: AbortSignal | undefined): Promise<{ revision: number; object: CachedObject | undefined }> {
    const { backend, prefix, resource, objectOf } = this.#dependencies;
    const { revision, kvs: [kv] } = await backend.timed('get', resource, () => backend.etcd.range({ key: prefix + key }, { signal }));
    return { revision, object: kv === undefined ? undefined : objectOf(kv) };
  }

  /** Everything, at the revision of the first answer. */
  async load(signal: AbortSignal): Promise<{ revision: number; objects: CachedObject[] }> {
    const objects: CachedObject[] = [];
    let revision: number | undefined;
    for (let from = ''; ;) {
      const answer = await this.#range({ from, keyPrefix: '', limit: LOAD_PAGE_COUNT, revision, signal });
      revision ??= answer.revision;
      for (const kv of answer.kvs) {
        const object = this.#dependencies.objectOf(kv);
        if (object !== undefined) objects.push(object);
      }
      const last = answer.kvs.at(-1);
      if (!answer.more || last === undefined) return { revision, objects };
      from = `${this.#keyOf(last)}\0`;
    }
  }

  /** A page at a revision, or at etcd's present one. */
  async list({ keyPrefix, afterKey, limit, matches, signal }: ListOptions, exactRevision: number | undefined): Promise<ListPage> {
    this.#dependencies.backend.metrics.storageLists.inc({ group: this.#dependencies.resource.group, resource: this.#dependencies.resource.resource });
    const items: CachedObject[] = [];
    let revision = exactRevision;
    for (let from = startKey(keyPrefix, afterKey); ;) {
      const answer = await this.#range({ from, keyPrefix, limit: limit === 0 ? LOAD_PAGE_COUNT : Math.max(limit - items.length, 1), revision, signal }).catch((error: unknown) => { throw listFault(error, exactRevision ?? 0, afterKey !== undefined); });
      revision ??= answer.revision;
      for (const kv of answer.kvs) {
        const object = this.#dependencies.objectOf(kv);
        if (object !== undefined && (matches === undefined || matches(object.attributes, object))) items.push(object);
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

function listFault(error: unknown, revision: number, isContinued: boolean): unknown {
  if (!(error instanceof EtcdError)) return error;
  if (error.code === 'compacted') return tooOldToList(isContinued);
  return error.code === 'futureRevision' ? tooLargeRevision(revision, 0) : error;
}
