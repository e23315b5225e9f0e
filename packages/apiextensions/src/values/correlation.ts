import { isJsonObject, jsonEquals, type Json, type JsonObject } from '@kubernode/apimachinery';
import { itemsOf, schemaOfKey, type SchemaProps } from '../structural/schema-parts.ts';
import { keyOf } from './list-types.ts';

/**
 * A value beside the one that stood there before, walked down together. Whatever an update left unchanged may stay as it is, even when today's schema
 * would refuse it: that is ratcheting. Items of keyed lists belong together by key; those of other lists have no past.
 */
export class Correlation {
  readonly value: Json;
  readonly old: Json;
  readonly #schema: SchemaProps | undefined;
  #unchanged: boolean | undefined;

  constructor(value: Json, old: Json, schema: SchemaProps | undefined) {
    this.value = value;
    this.old = old;
    this.#schema = schema;
  }

  get unchanged(): boolean {
    return this.#unchanged ??= jsonEquals(this.value, this.old);
  }

  /** Undefined when the field is new. */
  key(name: string): Correlation | undefined {
    if (!isJsonObject(this.value) || !isJsonObject(this.old) || !Object.hasOwn(this.old, name)) return undefined;
    const schema = schemaOfKey(this.#schema, name);
    return schema === undefined ? undefined : new Correlation(this.value[name] ?? null, this.old[name] ?? null, schema);
  }

  /** Undefined when the item has no counterpart. */
  index(i: number): Correlation | undefined {
    if (!Array.isArray(this.value) || !Array.isArray(this.old)) return undefined;
    const item = this.value[i] ?? null;
    const old = oldItem(this.#schema, this.old, item);
    return old === undefined || this.#schema === undefined ? undefined : new Correlation(item, old, itemsOf(this.#schema));
  }
}

/** The item of a keyed list that had the same keys before. */
export function oldItem(schema: SchemaProps | undefined, oldList: readonly Json[], item: Json): Json | undefined {
  if (schema?.['x-kubernetes-list-type'] !== 'map' || !isJsonObject(item)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const wanted = keyOf(item, keys);
  return oldList.find((old) => isJsonObject(old) && jsonEquals(keyOf(old as JsonObject, keys), wanted));
}
