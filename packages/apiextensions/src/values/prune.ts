import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { additionalOf, allowsAdditional, itemsOf, META_FIELDS, propertyOf, rootSchema, type SchemaProps } from '../structural/schema-parts.ts';

/** Removes what the schema doesn't know, in place. Returns the paths of what went, sorted. */
export function pruneObject(object: JsonObject, schema: SchemaProps): string[] {
  const removed: string[] = [];
  prune(object, rootSchema(schema), { path: '', removed });
  return removed.sort();
}

/** Removes from a value below the root what its schema doesn't know, in place; for defaults. */
export function pruneValue(value: Json, schema: SchemaProps): string[] {
  const removed: string[] = [];
  prune(value, schema, { path: '', removed });
  return removed.sort();
}

interface Walk { path: string; removed: string[] }

function prune(value: Json, schema: SchemaProps | undefined, walk: Walk): void {
  if (schema?.['x-kubernetes-preserve-unknown-fields'] === true) return keepUnknown(value, schema, walk);
  if (Array.isArray(value)) return value.forEach((item, i) => { prune(item, schema && itemsOf(schema), at(walk, `[${i}]`)); });
  if (!isJsonObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (schema?.['x-kubernetes-embedded-resource'] === true && META_FIELDS.has(key)) continue;
    const property = schema && propertyOf(schema, key);
    if (property !== undefined) prune(child, property, at(walk, `.${key}`));
    else if (schema !== undefined && allowsAdditional(schema)) prune(child, additionalOf(schema), at(walk, `.${key}`));
    else drop(value, key, walk);
  }
}

function drop(value: JsonObject, key: string, { path, removed }: Walk): void {
  if (!META_FIELDS.has(key) || path !== '') removed.push(`${path}.${key}`.slice(1));
  delete value[key];
}

/** Where unknown fields stay, the known ones are still looked into. */
function keepUnknown(value: Json, schema: SchemaProps | undefined, walk: Walk): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) return value.forEach((item, i) => { keepUnknown(item, itemsOf(schema), at(walk, `[${i}]`)); });
  if (!isJsonObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (schema['x-kubernetes-embedded-resource'] === true && META_FIELDS.has(key)) continue;
    const property = propertyOf(schema, key);
    if (property !== undefined) prune(child, property, at(walk, `.${key}`));
    else if (allowsAdditional(schema)) prune(child, additionalOf(schema), at(walk, `.${key}`));
  }
}

function at({ path, removed }: Walk, step: string): Walk {
  return { path: `${path}${step}`, removed };
}
