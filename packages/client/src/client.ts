import type { KubeList, ObjectMeta } from '@kubernode/apimachinery';
import type { ResourceRef } from '@kubernode/api';

export interface CallOptions { signal?: AbortSignal | undefined }

export interface Target { name: string; namespace?: string | undefined; subresource?: string | undefined }

export interface ListSelector {
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only kind and metadata of each object (PartialObjectMetadata), for loops that look at nothing else. */
  metadataOnly?: boolean | undefined;
}

export type Patch =
  | { type: 'merge' | 'strategic'; body: unknown }
  | { type: 'json'; body: readonly unknown[] }
  | { type: 'apply'; body: unknown; fieldManager: string; force?: boolean };

export interface WatchedEvent<T> { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }

/** Everything a program does with a cluster. All methods reject with StatusError for a refusal; see `isRetriable` for what may pass. */
export interface Client {
  /** `metadataOnly` as in lists. */
  get<T>(resource: ResourceRef<T>, target: Target, options?: CallOptions & { metadataOnly?: boolean }): Promise<T>;
  list<T>(resource: ResourceRef<T>, options?: ListSelector & CallOptions & { limit?: number; continue?: string; resourceVersion?: string }): Promise<KubeList<T>>;
  /** Creates in the object's own namespace; `target` names the parent for subresources (binding, token, eviction). */
  create<T, R = T>(resource: ResourceRef<T>, object: unknown, options?: CallOptions & { namespace?: string; target?: Target; dryRun?: boolean }): Promise<R>;
  /** `once`: not sent again by itself when the server may have acted on it, so that a conflict is always somebody else's doing. */
  update<T extends { metadata: ObjectMeta }>(resource: ResourceRef<T>, object: T, options?: CallOptions & { subresource?: string; once?: boolean }): Promise<T>;
  patch<T>(resource: ResourceRef<T>, target: Target, patch: Patch, options?: CallOptions): Promise<T>;
  delete<T>(resource: ResourceRef<T>, target: Target, options?: CallOptions & { gracePeriodSeconds?: number; propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'; uid?: string; resourceVersion?: string }): Promise<void>;
  deleteCollection<T>(resource: ResourceRef<T>, options: ListSelector & CallOptions & { propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' }): Promise<void>;
  /**
   * Events after `resourceVersion`; ends when the server ends it, rejects with StatusError 410 when that version is gone. With `initialEvents` and an
   * empty version it begins with what is there, up to a bookmark annotated `k8s.io/initial-events-end`; rejects with 422 where a server cannot do that.
   */
  watch<T>(resource: ResourceRef<T>, options: ListSelector & { resourceVersion: string; initialEvents?: boolean; signal: AbortSignal }): AsyncIterable<WatchedEvent<T>>;
  /** Any other path: discovery, logs, raw reads. */
  request(request: RawRequest): Promise<RawResponse>;
  close(): void;
  /** The same client, all calls of which belong to a trace (W3C's `traceparent`); absent where nothing carries it. */
  traced?(traceparent: string): Client;
  /** The transport's own; absent where the servers offer none. */
  readonly holdLease?: Transport['holdLease'];
}

export interface RawRequest {
  method: string;
  /** With query. */
  path: string;
  body?: Buffer | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
  /** `createClient` sets it. */
  userAgent?: string | undefined;
  /** Set on the writes of a leader: refused once another holds the lease. Only gRPC carries it. */
  fence?: Fence | undefined;
  /** W3C's: the server's part of a trace stands below it. */
  traceparent?: string | undefined;
  /** Not sent again when the server may have acted on it, whatever it says. */
  once?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** The lease a leader writes under; `epoch` is its leaseTransitions when the leader took it. */
export interface Fence { namespace: string; lease: string; holder: string; epoch: number }

export interface RawResponse { status: number; contentType: string; body: Buffer; warnings: readonly string[]; retryAfterSeconds?: number; /** Under which the request stands in the server's logs and audit. */ auditId?: string }

/** How requests reach an API server: gRPC to our own, HTTPS to any. The rest of the client does not know which. */
export interface Transport {
  call(request: RawRequest): Promise<RawResponse>;
  /** The lines of a watch as they come; ends with the stream. Rejects with StatusError when refused. */
  watch(request: RawRequest & { signal: AbortSignal }): AsyncIterable<Buffer>;
  close(): void;
  /**
   * Holds a Lease that this process has taken, for as long as the stream lives: `onHeld` tells whether the servers let fenced writes
   * through, and that they no longer do. Resolves or rejects when the stream is over. Only servers of our own offer it.
   */
  holdLease?(hold: Fence, options: { signal: AbortSignal; onHeld: (held: boolean) => void }): Promise<void>;
}
