import { copyJson, isJsonObject, type Json } from '@kubernode/apimachinery';
import { additionalOf, itemsOf, propertyOf, schemaOfKey, type SchemaProps } from '../structural/schema-parts.ts';

/** Fills in the schema's defaults, in place. A null where none may be counts as missing. */
export function applyDefaults(value: Json, schema: SchemaProps | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) return defaultItems(value, itemsOf(schema));
  if (!isJsonObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const fallback = defaultOf(property);
    if (fallback !== undefined && (!Object.hasOwn(value, name) || isUnwantedNull(value[name], property))) setOwn(value, name, copyJson(fallback));
  }
  const additional = additionalOf(schema);
  for (const [key, child] of Object.entries(value)) {
    const property = propertyOf(schema, key);
    if (property === undefined && additional !== undefined && isUnwantedNull(child, additional)) setOwn(value, key, copyJson(defaultOf(additional) ?? null));
    applyDefaults(value[key] ?? null, property ?? additional);
  }
}

/** Removes nulls where none may be and no default takes their place, in place. */
export function dropUnwantedNulls(value: Json, schema: SchemaProps | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropUnwantedNulls(item, schema && itemsOf(schema));
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const property = schemaOfKey(schema, key);
    if (property !== undefined && isUnwantedNull(child, property) && defaultOf(property) === undefined) delete value[key];
    else dropUnwantedNulls(child, property);
  }
}

function defaultItems(list: Json[], items: SchemaProps | undefined): void {
  if (items === undefined) return;
  list.forEach((item, i) => {
    if (isUnwantedNull(item, items)) list[i] = copyJson(defaultOf(items) ?? null);
    applyDefaults(list[i] ?? null, items);
  });
}

function defaultOf({ default: fallback }: SchemaProps): Json | undefined {
  return (fallback as Json | undefined) ?? undefined; // any JSON; null is no default
}

function isUnwantedNull(value: Json | undefined, { nullable }: SchemaProps): boolean {
  return value === null && nullable !== true;
}

/** Sets a key even when it is called `__proto__`. */
function setOwn(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
