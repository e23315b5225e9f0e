import { goJson } from '../codec/go-text.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { compareObjects } from './compare-objects.ts';
import { difference, type FieldSet } from './field-set.ts';
import { fieldSetOfObject } from './field-set-of-object.ts';
import type { Typed } from './updater.ts';
import { validateTyped } from './validate-typed.ts';

/** Where client-side apply keeps the configuration it applied. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** Bytes of all annotations of an object, keys included. */
const ANNOTATIONS_SIZE_MAX = 256 * 1024;

/**
 * The fields that client-side apply put into the object and nobody changed since: `kubectl apply --server-side` may
 * take them over without a conflict. Undefined when the annotation is missing or unusable.
 */
export function fieldsOfLastApplied({ object, atom }: Typed, apiVersion: string): FieldSet | undefined {
  const lastApplied = parsed(annotationsOf(object)?.[LAST_APPLIED_ANNOTATION]);
  if (lastApplied === undefined || lastApplied['apiVersion'] !== apiVersion) return undefined;
  try {
    validateTyped(object, atom);
    validateTyped(lastApplied, atom);
  } catch {
    return undefined; // a configuration of another schema allows nothing
  }
  const { added, modified, removed } = compareObjects(lastApplied, object, atom);
  return [modified, added, removed].reduce<FieldSet>(difference, fieldSetOfObject(lastApplied, atom));
}

/** The object with the annotation, where it has one, set to the configuration that is applied now. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  const present = annotations?.[LAST_APPLIED_ANNOTATION];
  if (annotations === undefined || present === undefined || present === '') return object;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  const updated: JsonObject = { ...annotations, [LAST_APPLIED_ANNOTATION]: `${goJson(sortedKeys(withoutAnnotation(applied)))}\n` };
  const metadata = { ...(object['metadata'] as JsonObject), annotations: annotationsSize(updated) > ANNOTATIONS_SIZE_MAX ? others : updated }; // it has annotations
  return { ...object, metadata };
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const annotations = annotationsOf(applied);
  if (annotations === undefined) return applied;
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  return { ...applied, metadata: { ...(applied['metadata'] as JsonObject), annotations: others } }; // it has annotations
}

function annotationsOf(object: JsonObject): JsonObject | undefined {
  const { metadata } = object;
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) ? annotations : undefined;
}

function annotationsSize(annotations: JsonObject): number {
  return Object.entries(annotations).reduce((size, [key, value]) => size + Buffer.byteLength(key) + Buffer.byteLength(String(value)), 0);
}

function parsed(text: Json | undefined): JsonObject | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // written by hand
  }
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortedKeys(value[key] ?? null)]));
}
