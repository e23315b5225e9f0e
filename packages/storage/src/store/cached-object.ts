import { asParsed } from './as-parsed.ts';
import { replaceRevision, spliceRevision } from './canonical.ts';
import type { ObjectAttributes, StoredObject } from './object-store.ts';
import { RecentlyRead, type Kept } from './recently-read.ts';

/** Finds the labels and selectable fields of a decoded object. */
export type AttributesOf = (object: unknown) => ObjectAttributes;

/** How the objects of one store are read. */
export interface Reading { readonly attributesOf: AttributesOf; readonly recent: RecentlyRead }

/** Parsed objects that are kept for whoever asks next: the writes of a fraction of a second, a few megabytes. */
const RECENTLY_READ_BOUNDS = { countMax: 64, bytesMax: 256 * 1024 };

/** The reading of one store, or of one version of its objects. */
export function readingOf(attributesOf: AttributesOf): Reading {
  return { attributesOf, recent: new RecentlyRead(RECENTLY_READ_BOUNDS) };
}

const NO_ATTRIBUTES: ObjectAttributes = Object.freeze({ labels: Object.freeze({}), fields: Object.freeze({}) });

/** A StoredObject that parses itself only when asked, and its attributes only once. */
export class CachedObject implements StoredObject, Kept {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Buffer;
  readonly #reading: Reading;
  #attributes: ObjectAttributes | undefined;
  #shared: unknown;

  /** `bytes` have the revision in them already: see `storedObject`. */
  constructor(key: string, revision: number, bytes: Buffer, reading: Reading) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.#reading = reading;
  }

  get attributes(): ObjectAttributes {
    return this.#attributes ??= this.#findAttributes();
  }

  read<T>(): Readonly<T> {
    return (this.#shared ?? this.#share(this.decode())) as T; // the store holds only what was validated as T
  }

  decode<T>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T; // likewise
  }

  /** `object` is what the bytes, but for the revision, were made of: it need not be parsed. */
  adopt(object: object): void {
    const parsed = this.#shared === undefined ? asParsed(object) : undefined;
    if (parsed !== undefined) this.#share(canonicalObject(parsed as Versioned, this.revision)); // whoever wrote it had it in canonical form
  }

  forget(): void { this.#shared = undefined; }

  /** The same object as the deletion at `revision` shows it; what was found out about it is kept. */
  deletedAt(revision: number): CachedObject {
    const deleted = new CachedObject(this.key, revision, replaceRevision(this.bytes, revision), this.#reading);
    deleted.#attributes = this.#attributes;
    if (this.#shared !== undefined) deleted.#share(withRevision(this.#shared as Versioned, revision)); // the store holds only objects
    return deleted;
  }

  #share(object: unknown): unknown {
    this.#shared = object;
    this.#reading.recent.add(this); // which may forget it at once
    return object;
  }

  #findAttributes(): ObjectAttributes {
    try { return this.#reading.attributesOf(this.read()); } catch { return NO_ATTRIBUTES; } // broken JSON matches no selector; readers get the bytes as they are
  }
}

interface Versioned { metadata: Readonly<Record<string, unknown>> }

/** In the order in which the bytes have it. */
function withRevision(object: Versioned, revision: number): Versioned {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

const HEAD_FIRST = { kind: '', apiVersion: '', metadata: {} };
const REVISION_FIRST = { resourceVersion: '' };

/** As the bytes have it: kind, apiVersion and metadata first, and there the revision. */
function canonicalObject(object: Versioned & { kind?: string; apiVersion?: string }, revision: number): Versioned {
  const ordered = { ...HEAD_FIRST, ...object }; // a literal fixes the order
  ordered.metadata = { ...REVISION_FIRST, ...object.metadata, resourceVersion: String(revision) };
  return ordered;
}

/** The object of a value that is canonical. */
export function storedObject(key: string, revision: number, value: Buffer, reading: Reading): CachedObject {
  return new CachedObject(key, revision, spliceRevision(value, revision), reading);
}
