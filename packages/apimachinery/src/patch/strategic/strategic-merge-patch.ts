import { badRequest } from '../../errors/status-error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import type { SchemaResolver } from '../../schema/schema.ts';
import { setOwn } from '../json-pointer.ts';
import { typeMismatch } from '../type-mismatch.ts';
import { DELETE_FROM_PRIMITIVE_LIST, DIRECTIVE, listKey, RETAIN_KEYS, SET_ELEMENT_ORDER, withoutDirectives, withoutNulls } from './directives.ts';
import { checkElementOrder, inElementOrder, mergeList, type ListContext } from './merge-list.ts';
import { listFieldStrategy, mapFieldStrategy, patchSchema, type PatchSchema } from './patch-schema.ts';
import { badPrimitiveListFormat, badElementOrderFormat, badRetainKeysFormat, unknownDirective, wrongType } from './strategic-errors.ts';

/**
 * A strategic merge patch: as a JSON merge patch, but lists with the strategy `merge` are merged by the merge key that
 * the schema names, and `$` directives steer it. Neither input is changed; unchanged parts of `document` are shared.
 * Throws the Status errors of kube-apiserver, most of them 500 with code and message alone.
 */
export function applyStrategicMergePatch(document: JsonObject, patch: Json, { schemaName, resolver }: { schemaName: string; resolver: SchemaResolver }): JsonObject {
  if (patch === null) return document;
  if (!isJsonObject(patch)) throw badRequest(typeMismatch(patch, 'map[string]interface {}'));
  return mergeMap(document, patch, patchSchema(schemaName, resolver));
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: PatchSchema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) return mergeByDirective(directive, patch);
  const result = { ...original };
  const rest = { ...patch };
  retainKeys(result, rest);
  for (const key of Object.keys(patch)) if (key.startsWith(SET_ELEMENT_ORDER)) mergeOrderedList(result, rest, key, schema);
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) deleteFromList(result, listKey(key, DELETE_FROM_PRIMITIVE_LIST, badPrimitiveListFormat), value, schema);
    else mergeField(result, key, value, schema);
  }
  return result;
}

function mergeByDirective(directive: Json, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw unknownDirective(directive, patch);
  const { [DIRECTIVE]: _, ...replacement } = patch;
  return replacement;
}

function mergeField(result: JsonObject, key: string, value: Json, schema: PatchSchema): void {
  if (value === null) { delete result[key]; return; }
  const present = Object.hasOwn(result, key) ? result[key] : undefined;
  if (isJsonObject(present) && isJsonObject(value)) {
    const { value: field, strategy } = mapFieldStrategy(schema, key);
    setOwn(result, key, strategy === 'replace' ? value : mergeMap(present, value, field));
  } else if (Array.isArray(present) && Array.isArray(value)) {
    const { value: element, strategy, mergeKey } = listFieldStrategy(schema, key);
    setOwn(result, key, strategy === 'merge' ? mergeList(present, value, listContext(element, mergeKey)) : value);
  } else {
    const kept = withoutDirectives(withoutNulls(value));
    if (kept === undefined) delete result[key];
    else setOwn(result, key, kept);
  }
}

/** Works on a list of scalars whatever the strategy of its field; on anything else it means nothing. */
function deleteFromList(result: JsonObject, key: string, toDelete: Json, schema: PatchSchema): void {
  if (toDelete === null) { delete result[key]; return; }
  const present = result[key];
  if (!Array.isArray(present) || !Array.isArray(toDelete)) return;
  const { value: element, mergeKey } = listFieldStrategy(schema, key);
  setOwn(result, key, mergeList(present, toDelete, { ...listContext(element, mergeKey), deletesScalars: true }));
}

/** Drops the keys that `$retainKeys` does not name; those of the patch have to be among them. */
function retainKeys(result: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const keys = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) throw badRetainKeysFormat();
  const kept = new Set<Json>(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_FROM_PRIMITIVE_LIST) || key.startsWith(SET_ELEMENT_ORDER)) continue;
    if (!kept.has(key)) throw badRetainKeysFormat();
  }
  for (const key of Object.keys(result)) if (!kept.has(key)) delete result[key];
}

/** Merges a list together with its `$setElementOrder`, and takes both out of the patch. */
function mergeOrderedList(result: JsonObject, patch: JsonObject, directiveKey: string, schema: PatchSchema): void {
  const order = patch[directiveKey];
  delete patch[directiveKey];
  if (!Array.isArray(order)) throw wrongType('[]interface {}', order);
  const key = listKey(directiveKey, SET_ELEMENT_ORDER, badElementOrderFormat);
  const present = listOrAbsent(result, key);
  const patched = listOrAbsent(patch, key);
  const { value: element, strategy, mergeKey } = listFieldStrategy(schema, key);
  const context = listContext(element, mergeKey);
  checkElementOrder(patched ?? [], order, mergeKey);
  if (present === undefined && patched === undefined) return;
  const merged = present === undefined || patched === undefined
    ? present ?? withoutDirectives(patched ?? [])
    : strategy === 'merge' ? mergeList(present, patched, context) : patched;
  setOwn(result, key, inElementOrder({ merged: merged as Json[], order, present: present ?? [], patched: patched ?? [], context })); // a list without its directives is a list
  delete patch[key];
}

function listOrAbsent(object: JsonObject, key: string): Json[] | undefined {
  if (!Object.hasOwn(object, key)) return undefined;
  const value = object[key];
  if (!Array.isArray(value)) throw wrongType('[]interface {}', value);
  return value;
}

function listContext(element: PatchSchema, mergeKey: string): ListContext {
  return { mergeKey, deletesScalars: false, mergeElement: (original, patch) => mergeMap(original, patch, element) };
}
