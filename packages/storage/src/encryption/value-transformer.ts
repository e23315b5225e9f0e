import type { GroupResource } from '@kubernode/apimachinery';

/** A value of etcd in the clear. */
export interface OpenedValue {
  bytes: Buffer;
  /** Today it would be stored otherwise: an update that changes nothing writes it again. */
  isStale: boolean;
}

/**
 * What stands between an object's bytes and what etcd holds. `etcdKey` is the full key: most providers bind the value to it, so that
 * nobody can copy it to another key. Both throw an Error in Kubernetes' words when they cannot.
 */
export interface ValueTransformer {
  /** A promise only when somebody else has to be asked. The bytes may share memory with `stored`. */
  fromStorage(stored: Buffer, etcdKey: string): OpenedValue | Promise<OpenedValue>;
  toStorage(bytes: Buffer, etcdKey: string): Buffer;
}

/** Chooses the transformer of a resource; asked anew each time, since a reload may change it. Undefined: values are stored as they are. */
export interface TransformerSource { transformerFor(resource: GroupResource): ValueTransformer | undefined }
