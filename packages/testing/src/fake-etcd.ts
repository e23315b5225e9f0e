import { abortError, onAbort, type Clock } from '@kubernode/base';
import {
  EtcdError, type Compare, type EtcdCallOptions, type EtcdClient, type EtcdEvent, type KeyValue, type Operation, type OperationResult,
  type RangeRequest, type RangeResponse, type TxnRequest, type TxnResponse, type WatchBatch, type WatchRequest,
} from '@kubernode/rpc';

/** One call that is about to happen, for tests that make some fail. */
export type FakeFault = 'none' | 'unreachable' | 'lostAnswer';

export interface FakeEtcdOptions {
  clock: Clock;
  /** Asked before every call: `unreachable` fails it undone, `lostAnswer` does it and then fails. */
  faultOf?: ((call: 'range' | 'txn' | 'lease' | 'compact' | 'health') => FakeFault) | undefined;
  /** How many events one batch of a watch may hold, but never part of a revision. */
  batchMax?: number | undefined;
}

interface Stored { kv: KeyValue; deleted: boolean }

const MISSING: KeyValue = { key: '', value: Buffer.alloc(0), createRevision: 0, modRevision: 0, version: 0, lease: 0n };

/** etcd in memory, with all of its history until compacted: revisions, transactions, watches, leases; and faults on demand. */
export class FakeEtcd implements EtcdClient {
  readonly endpoints: readonly string[] = ['fake'];
  readonly #clock: Clock;
  readonly #faultOf: NonNullable<FakeEtcdOptions['faultOf']>;
  readonly #batchMax: number;
  /** Every version of every key in order of revision; compaction only forbids to look at the old ones. */
  readonly #log: Stored[] = [];
  readonly #byKey = new Map<string, Stored[]>();
  readonly #leases = new Map<bigint, { expiry: Disposable; ttlSeconds: number; expiresAtMs: number }>();
  readonly #streams = new Set<{ wake: () => void; broken: boolean }>();
  #paused = false;
  #full = false;
  #revision = 1;
  #compacted = 0;
  #nextLease = 1n;

  constructor({ clock, faultOf = () => 'none', batchMax = 1_000 }: FakeEtcdOptions) {
    this.#clock = clock;
    this.#faultOf = faultOf;
    this.#batchMax = batchMax;
  }

  get revision(): number { return this.#revision; }
  /** Up to where history is gone. */
  get compacted(): number { return this.#compacted; }

  /** What happened after a revision, for those who look on from outside. */
  eventsAfter(revision: number): EtcdEvent[] { return this.#eventsFrom(revision + 1, Infinity); }
  /** A key as it was at a revision. */
  valueAt(key: string, revision: number): KeyValue | undefined { return this.#at(key, revision); }

  /** Breaks all open watch streams. */
  disconnectWatches(): void { for (const stream of this.#streams) { stream.broken = true; stream.wake(); } }
  /** Watches get nothing any more, until `resumeWatches`. */
  pauseWatches(): void { this.#paused = true; }
  resumeWatches(): void { this.#paused = false; this.#wakeAll(); }

  /** As with the alarm NOSPACE: what stores something is refused, what reads or deletes is done, until `makeRoom`. */
  fill(): void { this.#full = true; }
  makeRoom(): void { this.#full = false; }

  /** As from a backup: what came after the revision never was, and all streams break. */
  restore(revision: number): void {
    while ((this.#log.at(-1)?.kv.modRevision ?? 0) > revision) {
      const lost = this.#log.pop() as Stored; // just looked at
      this.#byKey.get(lost.kv.key)?.pop();
    }
    this.#revision = revision;
    this.disconnectWatches();
  }

  range(request: RangeRequest, options: EtcdCallOptions = {}): Promise<RangeResponse> { return this.#call('range', options, () => this.#range(request)); }

  async put({ key, value, lease }: { key: string; value: Buffer; lease?: bigint | undefined }, options: EtcdCallOptions = {}): Promise<{ revision: number }> {
    return this.txn({ compare: [], success: [{ kind: 'put', key, value, lease }], failure: [] }, options);
  }

  async delete({ key, rangeEnd }: { key: string; rangeEnd?: string | undefined }, options: EtcdCallOptions = {}): Promise<{ revision: number; deleted: number }> {
    const { revision, results: [result] } = await this.txn({ compare: [], success: [{ kind: 'delete', key, rangeEnd }], failure: [] }, options);
    return { revision, deleted: result?.kind === 'delete' ? result.deleted : 0 };
  }

  txn(request: TxnRequest, options: EtcdCallOptions = {}): Promise<TxnResponse> {
    return this.#call('txn', options, () => {
      if (this.#full && [...request.success, ...request.failure].some(({ kind }) => kind === 'put')) throw noSpace(); // in either branch: etcd decides before it compares
      return this.#txn(request);
    });
  }

  compact({ revision }: { revision: number }, options: EtcdCallOptions = {}): Promise<void> {
    return this.#call('compact', options, () => {
      if (revision <= this.#compacted) throw compacted();
      if (revision > this.#revision) throw future();
      this.#compacted = revision;
    });
  }

  isReachable(): Promise<boolean> { return Promise.resolve(this.#faultOf('health') === 'none'); }

  async *watch({ key, rangeEnd, startRevision }: WatchRequest, { signal }: { signal: AbortSignal }): AsyncGenerator<WatchBatch, void> {
    await Promise.resolve();
    if (signal.aborted) return;
    if (startRevision < this.#compacted) throw compacted(this.#compacted);
    const stream = { wake: (): void => undefined, broken: false };
    using link = onAbort(signal, () => stream.wake());
    void link;
    this.#streams.add(stream);
    try {
      yield { revision: this.#revision, events: [] };
      for (let next = startRevision; ;) {
        if (signal.aborted) return;
        if (stream.broken) throw new EtcdError({ code: 'unavailable', message: 'the watch stream broke' });
        const events = this.#paused ? [] : this.#eventsFrom(next);
        if (events.length === 0) { await new Promise<void>((resolve) => { stream.wake = resolve; }); continue; }
        next = (events.at(-1)?.kv.modRevision ?? 0) + 1;
        const wanted = events.filter((event) => isInRange(event.kv.key, key, rangeEnd));
        if (wanted.length > 0) yield { revision: this.#revision, events: wanted };
      }
    } finally { this.#streams.delete(stream); }
  }

  grantLease(ttlSeconds: number, options: EtcdCallOptions = {}): Promise<{ id: bigint; ttlSeconds: number }> {
    return this.#call('lease', options, () => {
      if (this.#full) throw noSpace();
      const id = this.#nextLease++;
      this.#arm(id, ttlSeconds);
      return { id, ttlSeconds };
    });
  }

  revokeLease(id: bigint, options: EtcdCallOptions = {}): Promise<void> { return this.#call('lease', options, () => this.#expire(id)); }

  keepLeaseAlive(id: bigint, options: EtcdCallOptions = {}): Promise<{ ttlSeconds: number }> {
    return this.#call('lease', options, () => {
      const lease = this.#leases.get(id);
      if (lease === undefined) return { ttlSeconds: 0 };
      lease.expiry[Symbol.dispose]();
      this.#arm(id, lease.ttlSeconds);
      return { ttlSeconds: lease.ttlSeconds };
    });
  }


  close(): void {
    for (const { expiry } of this.#leases.values()) expiry[Symbol.dispose]();
    this.disconnectWatches();
  }

  async #call<T>(kind: 'range' | 'txn' | 'lease' | 'compact', { signal }: EtcdCallOptions, act: () => T): Promise<T> {
    if (signal?.aborted === true) throw abortError(signal);
    const fault = this.#faultOf(kind);
    await Promise.resolve();
    if (fault === 'unreachable') throw new EtcdError({ code: 'unavailable', message: 'connection refused' });
    const result = act();
    if (fault === 'lostAnswer') throw new EtcdError({ code: 'unavailable', message: 'connection reset', fateUnknown: true });
    await Promise.resolve();
    return result;
  }

  #range({ key, rangeEnd, limit = 0, revision = 0, keysOnly = false, countOnly = false }: RangeRequest): RangeResponse {
    if (revision > 0 && revision < this.#compacted) throw compacted();
    if (revision > this.#revision) throw future();
    const found = [...this.#keysIn(key, rangeEnd)].flatMap((each) => this.#at(each, revision === 0 ? this.#revision : revision) ?? []).sort((a, b) => (a.key < b.key ? -1 : 1));
    const kvs = countOnly ? [] : found.slice(0, limit === 0 ? undefined : limit).map((kv) => (keysOnly ? { ...kv, value: Buffer.alloc(0) } : kv));
    return { revision: this.#revision, kvs, count: found.length, more: !countOnly && kvs.length < found.length };
  }

  #txn({ compare, success, failure }: TxnRequest): TxnResponse {
    const succeeded = compare.every((each) => this.#holds(each));
    const revision = this.#revision + 1;
    const logged = this.#log.length;
    const results = (succeeded ? success : failure).map((operation) => this.#operate(operation, revision));
    if (this.#log.length > logged) { this.#revision = revision; this.#wakeAll(); }
    return { revision: this.#revision, succeeded, results: results.map((result) => (result.kind === 'range' ? { ...result, revision: this.#revision } : result)) };
  }

  #operate(operation: Operation, revision: number): OperationResult {
    switch (operation.kind) {
      case 'range': return { kind: 'range', ...this.#range(operation) };
      case 'delete': {
        const keys = [...this.#keysIn(operation.key, operation.rangeEnd)].filter((key) => this.#at(key, this.#revision) !== undefined);
        for (const key of keys) this.#append({ ...MISSING, key, modRevision: revision }, true);
        return { kind: 'delete', deleted: keys.length };
      }
      case 'put': {
        const { key, value, lease = 0n } = operation;
        if (lease !== 0n && !this.#leases.has(lease)) throw new EtcdError({ code: 'leaseNotFound', message: 'etcdserver: requested lease not found', grpcStatus: 5 });
        const before = this.#at(key, this.#revision);
        this.#append({ key, value: Buffer.from(value), createRevision: before?.createRevision ?? revision, modRevision: revision, version: (before?.version ?? 0) + 1, lease }, false);
        return { kind: 'put' };
      }
    }
  }

  #holds(compare: Compare): boolean {
    const kv = this.#at(compare.key, this.#revision);
    if (compare.target === 'value') return kv?.value.equals(Buffer.from(compare.equals)) === true;
    return (kv ?? MISSING)[compare.target] === compare.equals;
  }

  #append(kv: KeyValue, deleted: boolean): void {
    const stored = { kv, deleted };
    this.#log.push(stored);
    const versions = this.#byKey.get(kv.key);
    if (versions === undefined) this.#byKey.set(kv.key, [stored]); else versions.push(stored);
  }

  #at(key: string, revision: number): KeyValue | undefined {
    const stored = this.#byKey.get(key)?.findLast(({ kv }) => kv.modRevision <= revision);
    return stored === undefined || stored.deleted ? undefined : stored.kv;
  }

  *#keysIn(key: string, rangeEnd: string | undefined): Generator<string, void> {
    if (rangeEnd === undefined) { if (this.#byKey.has(key)) yield key; return; }
    for (const each of this.#byKey.keys()) if (isInRange(each, key, rangeEnd)) yield each;
  }

  #eventsFrom(revision: number, max = this.#batchMax): EtcdEvent[] {
    let low = 0, high = this.#log.length;
    while (low < high) { const middle = (low + high) >> 1; if ((this.#log[middle]?.kv.modRevision ?? 0) < revision) low = middle + 1; else high = middle; }
    let end = Math.min(low + max, this.#log.length);
    while (end < this.#log.length && this.#log[end]?.kv.modRevision === this.#log[end - 1]?.kv.modRevision) end++;
    return this.#log.slice(low, end).map(({ kv, deleted }) => ({ type: deleted ? 'delete' : 'put', kv }));
  }

  #arm(id: bigint, ttlSeconds: number): void {
    this.#leases.set(id, { ttlSeconds, expiresAtMs: this.#clock.monotonicNow() + ttlSeconds * 1000, expiry: this.#clock.after(ttlSeconds * 1000, () => this.#expire(id)) });
  }

  /** All keys of a lease go in one revision, as in etcd. */
  #expire(id: bigint): void {
    this.#leases.get(id)?.expiry[Symbol.dispose]();
    if (!this.#leases.delete(id)) return;
    const keys = [...this.#byKey.keys()].filter((key) => this.#at(key, this.#revision)?.lease === id);
    if (keys.length > 0) this.#txn({ compare: [], success: keys.map((key) => ({ kind: 'delete', key })), failure: [] });
  }

  #wakeAll(): void { for (const stream of this.#streams) stream.wake(); }
}

function isInRange(key: string, from: string, end: string | undefined): boolean {
  return end === undefined ? key === from : key >= from && (end === '\0' || key < end);
}

const compacted = (compactRevision?: number): EtcdError => new EtcdError({ code: 'compacted', message: 'etcdserver: mvcc: required revision has been compacted', grpcStatus: 11, ...(compactRevision !== undefined && { compactRevision }) });
const noSpace = (): EtcdError => new EtcdError({ code: 'noSpace', message: 'etcdserver: mvcc: database space exceeded', grpcStatus: 8 });
const future = (): EtcdError => new EtcdError({ code: 'futureRevision', message: 'etcdserver: mvcc: required revision is a future revision', grpcStatus: 11 });
