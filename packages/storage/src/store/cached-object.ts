import { replaceRevision, spliceRevision } from './canonical.ts';
import type { ObjectAttributes, StoredObject } from './object-store.ts';

/** Finds the labels and selectable fields of a decoded object. */
export type AttributesOf = (object: unknown) => ObjectAttributes;

const NO_ATTRIBUTES: ObjectAttributes = Object.freeze({ labels: Object.freeze({}), fields: Object.freeze({}) });

/** A StoredObject that parses itself only when asked, and its attributes only once. */
export class CachedObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Buffer;
  readonly #attributesOf: AttributesOf;
  #attributes: ObjectAttributes | undefined;

  /** `bytes` have the revision in them already: see `objectFromEtcd`. */
  constructor(key: string, revision: number, bytes: Buffer, attributesOf: AttributesOf) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.#attributesOf = attributesOf;
  }

  get attributes(): ObjectAttributes {
    return this.#attributes ??= this.#findAttributes();
  }

  decode<T>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T; // the store holds only what was validated as T
  }

  /** The same object as the deletion at `revision` shows it; what was found out about it is kept. */
  deletedAt(revision: number): CachedObject {
    const deleted = new CachedObject(this.key, revision, replaceRevision(this.bytes, revision), this.#attributesOf);
    deleted.#attributes = this.#attributes;
    return deleted;
  }

  #findAttributes(): ObjectAttributes {
    try { return this.#attributesOf(this.decode()); } catch { return NO_ATTRIBUTES; } // broken JSON matches no selector; readers get the bytes as they are
  }
}

/** The object of a value that is canonical. */
export function objectFromEtcd(key: string, revision: number, value: Buffer, attributesOf: AttributesOf): CachedObject {
  return new CachedObject(key, revision, spliceRevision(value, revision), attributesOf);
}
