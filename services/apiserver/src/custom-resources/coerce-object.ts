import { pruneObject, dropUnwantedNulls, applyDefaults, additionalOf, itemsOf, propertyOf, type SchemaProps } from '@kubernode/apiextensions';
import { DecodeError, invalidValue, isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import { compiledSchema } from '../registry/object-schemas.ts';

export interface CoercionOptions {
  schema: SchemaProps;
  /** Definitions from long ago may keep what their schemas don't know. */
  keepsUnknown: boolean;
  /** Metadata that has the wrong type is dropped instead of refused: for what was stored before anybody looked. */
  dropsMalformed?: boolean;
  /** Nulls that may not be are left to validation. */
  keepsNulls?: boolean;
  /** After a conversion no defaults are given: they come at the next reading, in the stored version. */
  withoutDefaults?: boolean;
}

/**
 * Brings an object to the form its schema gives it, in place: metadata is what the API says, unknown fields go, nulls that may not be go,
 * defaults come. Returns the paths of the fields nobody knows.
 * @throws DecodeError for metadata of wrong types.
 */
export function coerceObject(object: JsonObject, { schema, keepsUnknown, dropsMalformed = false, keepsNulls = false, withoutDefaults = false }: CoercionOptions): string[] {
  const { metadata } = object;
  const unknown: string[] = [];
  const meta = metadata === undefined ? undefined : coerceMetadata(metadata, 'metadata', { unknown, dropsMalformed, isEmbedded: false });
  if (!keepsUnknown) {
    unknown.push(...pruneObject(object, schema));
    if (!keepsNulls) dropUnwantedNulls(object, schema);
  }
  const embedded: string[] = [];
  coerceEmbedded(object, { schema, path: '', isEmbedded: false }, { unknown: embedded, dropsMalformed });
  unknown.push(...embedded.sort());
  if (meta !== undefined) object['metadata'] = meta;
  if (!withoutDefaults) applyDefaults(object, schema);
  return unknown;
}

interface Notes { unknown: string[]; dropsMalformed: boolean }
interface MetadataNotes extends Notes { isEmbedded: boolean }

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function coerceMetadata(metadata: Json, path: string, notes: MetadataNotes): JsonObject {
  try {
    return typedMetadata(metadata, path, notes);
  } catch (error) {
    if (!notes.dropsMalformed || !(error instanceof DecodeError)) throw error;
    return fieldByField(metadata, path, notes);
  }
}

function typedMetadata(metadata: Json, path: string, { unknown, isEmbedded }: MetadataNotes): JsonObject {
  const compiled = compiledSchema(OBJECT_META);
  if (compiled === undefined) throw new Error('broken invariant: metadata has no schema');
  const { object, unknownFields } = compiled.normalise(metadata, { report: 'collect', isEmbedded });
  unknown.push(...unknownFields.map((field) => `${path}.${field}`));
  return object as JsonObject; // made of JSON
}

function fieldByField(metadata: Json, path: string, notes: MetadataNotes): JsonObject {
  const kept: JsonObject = {};
  if (!isJsonObject(metadata)) return kept;
  for (const [name, value] of Object.entries(metadata)) {
    try { Object.assign(kept, typedMetadata({ [name]: value }, path, notes)); } catch (error) { if (!(error instanceof DecodeError)) throw error; } // dropped
  }
  return kept;
}

interface Place { schema: SchemaProps; path: string; isEmbedded: boolean }

/** Objects inside of the object have metadata, too. */
function coerceEmbedded(value: Json, { schema, path, isEmbedded }: Place, notes: Notes): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items !== undefined) value.forEach((item, i) => { coerceEmbedded(item, placeOf(items, `${path}[${i}]`), notes); });
    return;
  }
  if (!isJsonObject(value)) return;
  if (isEmbedded) coerceTypeAndMetadata(value, path, notes);
  for (const [key, child] of Object.entries(value)) {
    const property = propertyOf(schema, key);
    const below = property ?? additionalOf(schema);
    if (below !== undefined) coerceEmbedded(child, placeOf(below, property === undefined ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`), notes);
  }
}

function placeOf(schema: SchemaProps, path: string): Place {
  return { schema, path, isEmbedded: schema['x-kubernetes-embedded-resource'] === true };
}

function coerceTypeAndMetadata(object: JsonObject, path: string, notes: Notes): void {
  for (const field of ['apiVersion', 'kind'] as const) {
    if (object[field] === undefined || typeof object[field] === 'string') continue;
    if (!notes.dropsMalformed) throw fault(`${path}.${field}`, object[field], 'must be a string');
    delete object[field];
  }
  const { metadata } = object;
  if (metadata === undefined) return;
  try { object['metadata'] = coerceMetadata(metadata, `${path}.metadata`, { ...notes, isEmbedded: true }); } catch (error) {
    throw error instanceof DecodeError ? fault(`${path}.metadata`, metadata, error.message) : error;
  }
}

function fault(path: string, value: Json, why: string): DecodeError {
  return new DecodeError(`${path}: ${invalidValue(path, value, why).message}`);
}
