import type { JsonObject, KubeObject } from '@kubernode/apimachinery';
import type { Handler } from '../pipeline/api-request.ts';

/** Answers a path that is no resource: /version, /apis, /openapi/v3/…, /.well-known/…. The chain has authorized it already. */
export interface PathHandler {
  /** Exact paths, without a trailing slash. A trailing slash in the request is ignored. */
  paths: readonly string[];
  /** Also everything below these: `/openapi/v3/`. The longest one that fits wins. */
  prefixes?: readonly string[];
  handle: Handler;
}

/** Answers one verb of a resource that is never stored (reviews, token requests), or replaces the generic one of a stored resource. */
export interface ResourceEndpoint {
  group: string;
  /** Every version of the group when absent. */
  version?: string;
  resource: string;
  /** '' for the resource itself. */
  subresource: string;
  /** As in RequestInfo: create, get, … */
  verb: string;
  handle: Handler;
}

export interface SourceChange<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Readonly<T>;
}

/**
 * Live, read-only sight of all objects of one resource, in the version that is stored. Objects are shared and never changed.
 * It may lag behind etcd by the time of a watch event.
 */
export interface ObjectSource<T extends KubeObject = KubeObject> {
  /** False until the first load is complete; then what `get` and `list` say can be relied upon. */
  readonly ready: boolean;
  get(namespace: string, name: string): Readonly<T> | undefined;
  /** All of a namespace, or of the cluster when it is absent; in no particular order. */
  list(namespace?: string): Iterable<Readonly<T>>;
  /** Called after each change, synchronously; after a rebuild once for each difference. Disposing stops it. */
  onChange(listener: (change: SourceChange<T>) => void): Disposable;
}

/** Gives the source of a resource; the same one for every caller, started on first use. */
export type ObjectSources = <T extends KubeObject = KubeObject>(resource: { group: string; resource: string }) => ObjectSource<T>;

/** As what the server writes. */
export interface WrittenAs {
  /** Who comes to own the fields; kube-apiserver when absent. */
  manager?: string;
  subresource?: '' | 'status';
}

/** Reads and writes of the server itself, past authentication and admission: bootstrap objects, token requests, the kubernetes service. */
export interface ObjectWriter {
  /** The newest state, or undefined. */
  get<T extends KubeObject = KubeObject>(resource: { group: string; resource: string }, namespace: string, name: string): Promise<T | undefined>;
  /** All of a namespace, or of the cluster for '', as new as every write acknowledged before the call. */
  list<T extends KubeObject = KubeObject>(resource: { group: string; resource: string }, namespace: string): Promise<T[]>;
  /** Creates, and leaves what it is given alone; rejects with AlreadyExists. Fills metadata (uid, creationTimestamp, managedFields) and what the kind prepares: its first status, generation. */
  create<T extends KubeObject>(resource: { group: string; resource: string }, object: Readonly<T>, as?: Pick<WrittenAs, 'manager'>): Promise<T>;
  /** Removes at once, whatever its finalizers say. Rejects with NotFound. */
  remove(resource: { group: string; resource: string }, namespace: string, name: string): Promise<void>;
  /**
   * Calls `change` with a private copy of the newest state until the write holds; undefined from it leaves the object alone. Rejects with NotFound.
   * What says the same is not written. `isCharge`: each call has to count, also where two servers write the same at once; rejects when it is not known whether it was written.
   */
  update<T extends KubeObject>(resource: { group: string; resource: string }, key: { namespace: string; name: string }, change: (object: T) => T | undefined, options?: WrittenAs & { isCharge?: boolean }): Promise<T>;
  /** Server-side apply of these fields, whoever had them. Rejects with NotFound. */
  apply<T extends KubeObject = KubeObject>(resource: { group: string; resource: string }, key: { namespace: string; name: string }, fields: JsonObject, as?: WrittenAs): Promise<T>;
}
