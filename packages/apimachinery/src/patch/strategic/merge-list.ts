import { internalErrorWithoutReason } from '../../errors/status-error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { goTypeName, goValueText } from '../go-value-text.ts';
import { DIRECTIVE } from './directives.ts';
import { listOfLists, noMergeKey, orderMismatch, unknownDirective, wrongType } from './strategic-errors.ts';

export interface ListContext {
  /** '' for lists of scalars. */
  mergeKey: string;
  /** The patch is a `$deleteFromPrimitiveList`. */
  deletesScalars: boolean;
  mergeElement: (original: JsonObject, patch: JsonObject) => JsonObject;
}

/**
 * Merges two lists: scalars as a set, maps by their merge key. The order is that of the patch for what the patch names;
 * what only the server knows keeps its relative order and goes behind, unless it stood before its successor already.
 */
export function mergeList(original: readonly Json[], patch: readonly Json[], context: ListContext): Json[] {
  if (original.length === 0 && patch.length === 0) return [];
  if (elementType(original, patch) !== 'map[string]interface {}') return mergeScalars(original, patch, context);
  if (context.mergeKey === '') throw internalErrorWithoutReason('cannot merge lists without merge key for struct');
  const { kept, elements } = applyElementDirectives(original as JsonObject[], patch as JsonObject[], context.mergeKey); // all elements are maps
  return ordered({ merged: mergeElements(kept, elements, context), byPatch: elements, byServer: kept, mergeKey: context.mergeKey });
}

/** Sorts a merged list by `$setElementOrder`. */
export function inElementOrder({ merged, order, present, patched, context }:
{ merged: readonly Json[]; order: readonly Json[]; present: readonly Json[]; patched: readonly Json[]; context: ListContext }): Json[] {
  if (present.length + patched.length === 0) throw internalErrorWithoutReason('no elements in any of the given slices');
  const isMap = elementType(present, patched) === 'map[string]interface {}';
  const mergeKey = isMap ? context.mergeKey : '';
  return ordered({ merged, byPatch: order, byServer: isMap ? serverSequence(present as JsonObject[], patched as JsonObject[], mergeKey) : present, mergeKey }); // all elements are maps
}

/** What the server's list says of the sequence: an element that the patch adds stands in the place that a deleted one has left, where there is one. */
function serverSequence(present: readonly JsonObject[], patched: readonly JsonObject[], mergeKey: string): Json[] {
  const { kept, elements } = applyElementDirectives(present, patched, mergeKey);
  const known = firstIndexes(kept, mergeKey);
  return [...kept, ...elements.filter((element) => !known.has(identity(element, mergeKey)))].slice(0, present.length);
}

/** Every element of the patch, deletions aside, has to be named by the order, in the same sequence. */
export function checkElementOrder(patch: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const remaining = patch.filter((element) => mergeKey === '' || keyedMap(element)[DIRECTIVE] === undefined);
  let matched = 0;
  for (const element of order) {
    if (matched < remaining.length && identity(remaining[matched] as Json, mergeKey) === identity(element, mergeKey)) matched++; // within length, so set
  }
  if (matched < remaining.length) throw orderMismatch(patch, order);
}

function mergeScalars(original: readonly Json[], patch: readonly Json[], { deletesScalars }: ListContext): Json[] {
  const named = new Set(patch);
  if (deletesScalars) return original.filter((value) => !named.has(value));
  return ordered({ merged: [...new Set([...original, ...patch])], byPatch: patch, byServer: original, mergeKey: '' });
}

/** Carries out the `$patch` of elements: `delete` takes out by key, `replace` drops all that was there. */
function applyElementDirectives(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string): { kept: readonly JsonObject[]; elements: readonly JsonObject[] } {
  const elements: JsonObject[] = [];
  const deleted = new Set<Json>();
  let replaces = false;
  for (const element of patch) {
    const directive = element[DIRECTIVE];
    if (directive === undefined) elements.push(element);
    else if (directive === 'replace') replaces = true;
    else if (directive === 'merge') throw internalErrorWithoutReason('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw unknownDirective(directive, element);
    else deleted.add(identity(element, mergeKey));
  }
  if (replaces) return { kept: elements, elements: [] };
  return { kept: deleted.size === 0 ? original : original.filter((element) => !deleted.has(element[mergeKey] as Json)), elements }; // undefined is in no set of JSON
}

function mergeElements(original: readonly JsonObject[], patch: readonly JsonObject[], { mergeKey, mergeElement }: ListContext): JsonObject[] {
  const result = [...original];
  const indexOf = firstIndexes(result, mergeKey);
  for (const element of patch) {
    const key = identity(element, mergeKey);
    const index = indexOf.get(key);
    if (index === undefined) indexOf.set(key, result.push(element) - 1);
    else result[index] = mergeElement(result[index] as JsonObject, element); // the index was taken from this list
  }
  return result;
}

/** Sorts what the patch names by the patch and the rest by the server, then interleaves the two by the server's order. */
function ordered({ merged, byPatch, byServer, mergeKey }: { merged: readonly Json[]; byPatch: readonly Json[]; byServer: readonly Json[]; mergeKey: string }): Json[] {
  const patchIndex = firstIndexes(byPatch, mergeKey);
  const serverIndex = firstIndexes(byServer, mergeKey);
  const keyed = merged.map((value) => ({ value, key: identity(value, mergeKey) }));
  const sortedBy = (items: typeof keyed, index: Map<Json, number>): typeof keyed => items.sort((a, b) => (index.get(a.key) ?? 0) - (index.get(b.key) ?? 0));
  const right = sortedBy(keyed.filter(({ key }) => patchIndex.has(key)), patchIndex);
  const left = sortedBy(keyed.filter(({ key }) => !patchIndex.has(key)), serverIndex);
  const result: Json[] = [];
  let next = 0;
  for (const { value, key } of right) {
    const limit = serverIndex.get(key);
    while (limit !== undefined && next < left.length && (serverIndex.get((left[next] as { key: Json }).key) ?? Infinity) < limit) result.push((left[next++] as { value: Json }).value); // within length, so set
    result.push(value);
  }
  return [...result, ...left.slice(next).map(({ value }) => value)];
}

function firstIndexes(list: readonly Json[], mergeKey: string): Map<Json, number> {
  const indexes = new Map<Json, number>();
  list.forEach((value, index) => {
    const key = mergeKey === '' ? value : keyedMap(value)[mergeKey];
    if (key === undefined) throw noMergeKey(keyedMap(value), mergeKey);
    if (!indexes.has(key)) indexes.set(key, index);
  });
  return indexes;
}

/** What tells elements apart: the value of the merge key, or a scalar itself. */
function identity(element: Json, mergeKey: string): Json {
  if (mergeKey === '') return element;
  const map = keyedMap(element);
  const key = map[mergeKey];
  if (key === undefined) throw noMergeKey(map, mergeKey);
  return key;
}

function keyedMap(value: Json): JsonObject {
  if (!isJsonObject(value)) throw wrongType('map[string]interface {}', value);
  return value;
}

/** The one type that all elements have. */
function elementType(...lists: readonly (readonly Json[])[]): string {
  const types = new Set(lists.flatMap((list) => list.map(goTypeName)));
  const [type = ''] = types;
  if (type === '[]interface {}') throw listOfLists();
  if (types.size > 1) throw internalErrorWithoutReason(`list element types are not identical: ${goValueText(lists.map((list) => [...list]))}`);
  return type;
}
