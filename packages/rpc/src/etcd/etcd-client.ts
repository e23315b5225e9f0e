/** How long a call may take and how it is given up. */
export interface EtcdCallOptions {
  signal?: AbortSignal | undefined;
  /** 5,000 ms when absent. */
  timeoutMs?: number | undefined;
  /** W3C's, in the metadata of the call; etcd's own spans then stand below it. */
  traceparent?: string | undefined;
}

export interface KeyValue {
  key: string;
  /** May share memory with its neighbours of one answer: copy what is to be kept for long. */
  value: Buffer;
  createRevision: number;
  modRevision: number;
  version: number;
  /** 0n when the key has none. Leases are int64, beyond JavaScript's safe integers. */
  lease: bigint;
}

export interface RangeRequest {
  key: string;
  /** The first key that is not meant any more; `\0` together with key `\0` means every key. One key when absent. */
  rangeEnd?: string | undefined;
  limit?: number | undefined;
  revision?: number | undefined;
  /** Answered by whichever member is asked, perhaps from the past. Linearizable when absent. */
  serializable?: boolean | undefined;
  keysOnly?: boolean | undefined;
  countOnly?: boolean | undefined;
}

export interface RangeResponse {
  /** Of the whole store when it answered, also when an older revision was asked for. */
  revision: number;
  kvs: KeyValue[];
  more: boolean;
  count: number;
}

export type Compare =
  | { key: string; target: 'modRevision' | 'createRevision' | 'version'; equals: number }
  | { key: string; target: 'value'; equals: string | Buffer };

export type Operation =
  | { kind: 'put'; key: string; value: Buffer; lease?: bigint | undefined }
  | { kind: 'delete'; key: string; rangeEnd?: string | undefined }
  | ({ kind: 'range' } & RangeRequest);

export type OperationResult = { kind: 'put' } | { kind: 'delete'; deleted: number } | ({ kind: 'range' } & RangeResponse);

export interface TxnRequest { compare: readonly Compare[]; success: readonly Operation[]; failure: readonly Operation[] }

export interface TxnResponse { revision: number; succeeded: boolean; results: OperationResult[] }

export interface EtcdEvent { type: 'put' | 'delete'; kv: KeyValue }

export interface WatchRequest {
  key: string;
  rangeEnd?: string | undefined;
  startRevision: number;
}

/** What one answer of a watch stream carries. All events of one revision come in one batch. */
export interface WatchBatch {
  /** etcd's revision when it answered. Before 3.4.25 and 3.5.8 it may run ahead of events that are still to come, so it proves nothing. */
  revision: number;
  /** Empty for the answer that the watch was created, and for signs of life. */
  events: readonly EtcdEvent[];
}

/**
 * etcd's v3 interface, as narrow as this project needs it. Every fault is an `EtcdError`; an abort is an AbortError.
 * Calls go to one endpoint and move to the next when it fails; only reads and calls that never left are sent twice.
 */
export interface EtcdClient {
  range(request: RangeRequest, options?: EtcdCallOptions): Promise<RangeResponse>;
  put(request: { key: string; value: Buffer; lease?: bigint | undefined }, options?: EtcdCallOptions): Promise<{ revision: number }>;
  delete(request: { key: string; rangeEnd?: string | undefined }, options?: EtcdCallOptions): Promise<{ revision: number; deleted: number }>;
  txn(request: TxnRequest, options?: EtcdCallOptions): Promise<TxnResponse>;
  compact(request: { revision: number; physical?: boolean | undefined }, options?: EtcdCallOptions): Promise<void>;
  /**
   * One watch stream, until the signal aborts (then it ends) or a fault (then it throws; code `compacted` when `startRevision` is gone).
   * A stream that stays silent although asked for signs of life fails as `unavailable`. It does not resume: the caller knows from where.
   */
  watch(request: WatchRequest, options: { signal: AbortSignal }): AsyncIterable<WatchBatch>;
  grantLease(ttlSeconds: number, options?: EtcdCallOptions): Promise<{ id: bigint; ttlSeconds: number }>;
  revokeLease(id: bigint, options?: EtcdCallOptions): Promise<void>;
  /** Begins the lease's time anew; ttlSeconds is 0 when the lease is gone. */
  keepLeaseAlive(id: bigint, options?: EtcdCallOptions): Promise<{ ttlSeconds: number }>;
  /**
   * Whether a member can be reached, in whatever state it is: without a leader, full or busy with its file. So a replica that is cut off
   * from etcd knows itself from one whose etcd is in trouble, as everybody's then is. Never rejects.
   */
  isReachable(options: { timeoutMs: number }): Promise<boolean>;
  readonly endpoints: readonly string[];
  close(): void;
}

/** The end of the range of all keys that begin with `prefix`. */
export function prefixRangeEnd(prefix: string): string {
  return prefix === '' ? '\0' : prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
