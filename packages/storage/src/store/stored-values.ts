import type { GroupResource } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { Logger } from '@kubernode/component-base';
import type { KeyValue } from '@kubernode/rpc';
import { identity } from '../encryption/identity.ts';
import type { OpenedValue, ValueTransformer } from '../encryption/value-transformer.ts';
import type { StorageMetrics } from '../metrics.ts';
import { storedObject, type CachedObject, type Reading } from './cached-object.ts';
import { canonicalBytes, metadataOffset } from './canonical.ts';

/** Makes canonical bytes of a value that another writer has stored in another form. `etcdKey` is the full key. Throws when it cannot. */
export type Normalise = (value: Buffer, etcdKey: string) => Buffer;

/** An object, and whether an update that changes nothing is to write it again: it would be stored otherwise today. */
export interface ReadValue { object: CachedObject; isStale: boolean }

/** Why a value cannot be read. */
export class UnreadableValue extends Error {
  override readonly name = 'UnreadableValue';
  readonly etcdKey: string;
  readonly revision: number;
  /** Whether it could not be decrypted; otherwise what is inside is no object. */
  readonly isSealed: boolean;

  constructor({ etcdKey, revision, isSealed, cause }: { etcdKey: string; revision: number; isSealed: boolean; cause: unknown }) {
    super(errorMessage(cause), { cause });
    this.etcdKey = etcdKey;
    this.revision = revision;
    this.isSealed = isSealed;
  }
}

export type ReadOutcome = ReadValue | UnreadableValue;

export interface StoredValuesDependencies {
  prefix: string;
  resource: GroupResource;
  reading: Reading;
  normalise: Normalise;
  /** Undefined: values are stored as they are. Asked for each value, since it may change. */
  transformer: () => ValueTransformer | undefined;
  logger: Logger;
  metrics: StorageMetrics;
}

/** The way between what etcd holds of one resource and objects: opening and normalising, sealing. */
export class StoredValues {
  readonly #dependencies: StoredValuesDependencies;

  constructor(dependencies: StoredValuesDependencies) { this.#dependencies = dependencies; }

  /** Never throws and never rejects: what cannot be read is logged, and told. A promise only when a plugin has to be asked. */
  read(kv: KeyValue): ReadOutcome | Promise<ReadOutcome> {
    const transformer = this.#dependencies.transformer();
    if (transformer === undefined && metadataOffset(kv.value) > 0) return { object: this.#objectOf(kv, kv.value), isStale: false };
    try {
      const opened = (transformer ?? identity).fromStorage(kv.value, kv.key);
      return opened instanceof Promise ? opened.then((value) => this.#decode(kv, value), (cause: unknown) => this.#unreadable(kv, true, cause)) : this.#decode(kv, opened);
    } catch (cause) { return this.#unreadable(kv, true, cause); }
  }

  /** What is to stand in etcd. @throws Error when it cannot be encrypted. */
  seal(bytes: Buffer, etcdKey: string): Buffer {
    return this.#dependencies.transformer()?.toStorage(bytes, etcdKey) ?? bytes;
  }

  #decode(kv: KeyValue, { bytes, isStale }: OpenedValue): ReadOutcome {
    try {
      if (metadataOffset(bytes) > 0) return { object: this.#objectOf(kv, bytes), isStale };
      return { object: this.#objectOf(kv, this.#dependencies.normalise(bytes, kv.key)), isStale: true };
    } catch (cause) { return this.#unreadable(kv, false, cause); }
  }

  #objectOf(kv: KeyValue, canonical: Buffer): CachedObject {
    const { prefix, reading } = this.#dependencies;
    return storedObject(kv.key.slice(prefix.length), kv.modRevision, canonical, reading);
  }

  #unreadable({ key, modRevision: revision }: KeyValue, isSealed: boolean, cause: unknown): UnreadableValue {
    const { logger, metrics, resource: { group, resource } } = this.#dependencies;
    if (!isSealed) metrics.decodeErrors.inc({ group, resource });
    logger.error('A stored value cannot be read', { key, revision, error: errorMessage(cause) });
    return new UnreadableValue({ etcdKey: key, revision, isSealed, cause });
  }
}

/** For values that are JSON in another order. */
export function normaliseJson(value: Buffer): Buffer {
  const object: unknown = JSON.parse(value.toString('utf8'));
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new TypeError('the value is not a JSON object');
  return canonicalBytes(object as Readonly<Record<string, unknown>>); // just checked
}
