import { duplicate, invalidValue, isJsonObject, type FieldError, type Json, type JsonObject } from '@kubernode/apimachinery';
import { itemsOf, propertyOf, schemaOfKey, type SchemaProps } from '../structural/schema-parts.ts';

/** Lists that are sets have no value twice, keyed lists no key. Each repeated value is told once. */
export function validateListTypes(value: Json, schema: SchemaProps, path = ''): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [...listFaults(value, schema, path), ...(items === undefined ? [] : value.flatMap((item, i) => validateListTypes(item, items, `${path}[${i}]`)))];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const property = schemaOfKey(schema, key);
    if (property === undefined) return [];
    return validateListTypes(child, property, propertyOf(schema, key) === undefined ? `${path}[${key}]` : childPath(path, key));
  });
}

function listFaults(list: readonly Json[], schema: SchemaProps, path: string): FieldError[] {
  if (schema['x-kubernetes-list-type'] === 'set') return repeated(list).map((i) => duplicate(`${path}[${i}]`, list[i]));
  return schema['x-kubernetes-list-type'] === 'map' ? keyFaults(list, schema['x-kubernetes-list-map-keys'] ?? [], path) : [];
}

function keyFaults(list: readonly Json[], keys: readonly string[], path: string): FieldError[] {
  const odd = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (odd >= 0) return [invalidValue(`${path}[${odd}]`, list[odd], 'must be an object for an array of list-type map')];
  const keyed = list.map((item) => keyOf(item as JsonObject | null, keys)); // others were just ruled out
  return repeated(keyed).map((i) => duplicate(`${path}[${i}]`, keyed[i]));
}

/** What tells an item of a keyed list from the others. */
export function keyOf(item: Readonly<JsonObject> | null, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (item !== null && Object.hasOwn(item, key) ? [[key, item[key] ?? null]] : [])));
}

/** Indices at which a value stands for the second time. */
function repeated(list: readonly Json[]): number[] {
  const seen = new Map<string, number>();
  return list.flatMap((item, i) => {
    const text = JSON.stringify(item);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [i] : [];
  });
}

/** `spec` at the root, `spec.size` below. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
