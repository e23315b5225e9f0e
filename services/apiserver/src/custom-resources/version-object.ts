import type { JsonObject, KubeObject } from '@kubernode/apimachinery';
import { canonicalBytes, replaceRevision, spliceRevision, type AttributesOf, type ObjectAttributes, type StoredObject } from '@kubernode/storage';

/** A stored object as another version of its kind shows it. */
export class VersionObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Buffer;
  readonly #attributesOf: AttributesOf;
  #attributes: ObjectAttributes | undefined;
  #shared: unknown;

  private constructor({ key, revision, bytes, attributesOf }: { key: string; revision: number; bytes: Buffer; attributesOf: AttributesOf }) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.#attributesOf = attributesOf;
  }

  static of(stored: StoredObject, object: JsonObject, attributesOf: AttributesOf): VersionObject {
    const bytes = spliceRevision(canonicalBytes(withoutRevision(object)), stored.revision);
    return new VersionObject({ key: stored.key, revision: stored.revision, bytes, attributesOf });
  }

  get attributes(): ObjectAttributes { return this.#attributes ??= this.#attributesOf(this.read()); }

  read<T>(): Readonly<T> { return (this.#shared ??= this.decode()) as T; } // objects of the kind

  decode<T>(): T { return JSON.parse(this.bytes.toString('utf8')) as T; } // likewise

  /** The same under another revision: that of its deletion. */
  at(revision: number): VersionObject {
    return new VersionObject({ key: this.key, revision, bytes: replaceRevision(this.bytes, revision), attributesOf: this.#attributesOf });
  }
}

function withoutRevision(object: JsonObject): JsonObject {
  const { resourceVersion: _, ...metadata } = (object as unknown as KubeObject).metadata; // stored objects have metadata
  return { ...object, metadata: metadata as unknown as JsonObject };
}
