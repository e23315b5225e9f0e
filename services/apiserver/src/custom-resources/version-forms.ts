import type { SchemaProps } from '@kubernode/apiextensions';
import { afterArrivals } from '@kubernode/base';
import { internalErrorWithoutReason, isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { canonicalBytes, readingOf, storedObject, type AttributesOf, type CachedObject, type Reading, type StoredObject } from '@kubernode/storage';
import { coerceObject } from './coerce-object.ts';
import type { Converter } from './conversion/converter.ts';

export interface VersionFormsInit {
  /** The version that clients see here, `example.com/v1`. */
  apiVersion: string;
  /** The version that is stored today; what is there may still be of another. */
  storageApiVersion: string;
  /** Of every version that objects may be of, by apiVersion. */
  schemas: ReadonlyMap<string, SchemaProps | undefined>;
  keepsUnknown: boolean;
  converter: Converter;
  attributesOf: AttributesOf;
}

/** Objects that are looked at in one go: some ten milliseconds. Webhooks get as many at once. */
const OBJECTS_PER_STEP = 500;

/** Brings objects from the form they are stored in to that of one version, and back. Each object is looked at once. */
export class VersionForms {
  readonly #init: VersionFormsInit;
  readonly #reading: Reading;
  /** Undefined for what is stored in just this form. */
  readonly #known = new WeakMap<StoredObject, CachedObject | undefined>();

  constructor(init: VersionFormsInit) {
    this.#init = init;
    this.#reading = readingOf(init.attributesOf);
  }

  async one(stored: StoredObject): Promise<StoredObject> {
    const [form] = await this.all([stored]) as [StoredObject]; // as many as were given
    return form;
  }

  async all(stored: readonly StoredObject[]): Promise<StoredObject[]> {
    const unknown = stored.filter((object) => !this.#known.has(object));
    for (let from = 0; from < unknown.length; from += OBJECTS_PER_STEP) {
      if (from > 0) await new Promise<void>((resolve) => { afterArrivals(resolve); }); // others are answered between
      await this.#learn(unknown.slice(from, from + OBJECTS_PER_STEP));
    }
    return stored.map((object) => this.#known.get(object) ?? object);
  }

  /** What the deletion of `before` at `revision` shows, of which `deleted` is the stored form. */
  async deletedAt(before: StoredObject, deleted: StoredObject, revision: number): Promise<StoredObject> {
    await this.one(before);
    return this.#known.get(before)?.deletedAt(revision) ?? deleted;
  }

  /** Canonical bytes of an object of this version, or of the stored one, as they are to be stored. */
  async toStorage(bytes: Buffer): Promise<Buffer> {
    const { apiVersion, storageApiVersion, converter } = this.#init;
    if (apiVersion === storageApiVersion) return bytes;
    const [converted] = await converter.convert([JSON.parse(bytes.toString('utf8')) as JsonObject], storageApiVersion); // it was made from an object
    return canonicalBytes(this.#shaped(converted ?? {}, storageApiVersion));
  }

  /** Whether an object stands in etcd in a version that is no longer the stored one. */
  isOutdated(stored: StoredObject): boolean {
    return stored.read<JsonObject>()['apiVersion'] !== this.#init.storageApiVersion;
  }

  async #learn(stored: readonly StoredObject[]): Promise<void> {
    const { apiVersion } = this.#init;
    const read = stored.map((one) => ({ one, object: this.#repaired(one.decode<JsonObject>()) }));
    const others = read.filter(({ object }) => object['apiVersion'] !== apiVersion);
    const converted = others.length === 0 ? [] : await this.#init.converter.convert(others.map(({ object }) => object), apiVersion);
    others.forEach((entry, index) => { entry.object = this.#shaped(converted[index] ?? {}, apiVersion); });
    for (const { one, object } of read) {
      const form = storedObject(one.key, one.revision, canonicalBytes(object), this.#reading);
      this.#known.set(one, form.bytes.equals(one.bytes) ? undefined : form);
    }
  }

  /** What was stored under an earlier schema, or by somebody who knew none, gets the form that today's gives it. */
  #repaired(object: JsonObject): JsonObject {
    const { schemas, keepsUnknown } = this.#init;
    const from = String(object['apiVersion']);
    if (!schemas.has(from)) throw internalErrorWithoutReason(`request to convert CR from an invalid group/version: ${from}`);
    const schema = schemas.get(from);
    if (schema !== undefined) coerceObject(object, { schema, keepsUnknown, dropsMalformed: true });
    const { metadata } = object;
    if (isJsonObject(metadata)) metadata['generation'] ??= 1; // objects were once stored without
    return object;
  }

  #shaped(object: JsonObject, apiVersion: string): JsonObject {
    const schema = this.#init.schemas.get(apiVersion);
    if (schema !== undefined) coerceObject(object, { schema, keepsUnknown: this.#init.keepsUnknown, dropsMalformed: true, withoutDefaults: true });
    return object;
  }
}
