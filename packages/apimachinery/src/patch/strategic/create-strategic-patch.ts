import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import type { SchemaResolver } from '../../schema/schema.ts';
import { jsonEquals } from '../json-equals.ts';
import { setOwn } from '../json-pointer.ts';
import { DELETE_FROM_PRIMITIVE_LIST, DIRECTIVE, RETAIN_KEYS, SET_ELEMENT_ORDER } from './directives.ts';
import { listFieldStrategy, mapFieldStrategy, patchSchema, type PatchSchema } from './patch-schema.ts';
import { noMergeKey } from './strategic-errors.ts';

export interface StrategicPatchRequest {
  /** What the author wished for last time: what it has and `modified` lacks is removed. For a plain diff the same as `current`. */
  original: JsonObject;
  /** What the author wishes for now. */
  modified: JsonObject;
  /** What there is; fields that only it has stay. */
  current: JsonObject;
  schemaName: string;
  resolver: SchemaResolver;
}

/**
 * The strategic merge patch by which a client brings an object to what its author wishes, as client-side apply does:
 * additions and changes against `current`, removals against `original`. Empty when there is nothing to do.
 */
export function createStrategicMergePatch({ original, modified, current, schemaName, resolver }: StrategicPatchRequest): JsonObject {
  return diffMaps({ original, modified, current }, patchSchema(schemaName, resolver), false);
}

interface Versions<T> { original: T; modified: T; current: T }

function diffMaps({ original, modified, current }: Versions<JsonObject>, schema: PatchSchema, retainKeys: boolean): JsonObject {
  const patch: JsonObject = {};
  for (const [key, wanted] of Object.entries(modified)) {
    const there = own(current, key);
    const before = own(original, key);
    if (there === undefined) setOwn(patch, key, wanted);
    else if (isJsonObject(wanted) && isJsonObject(there)) diffMapField({ patch, key, values: { original: isJsonObject(before) ? before : {}, modified: wanted, current: there }, schema });
    else if (Array.isArray(wanted) && Array.isArray(there)) diffListField({ patch, key, values: { original: Array.isArray(before) ? before : [], modified: wanted, current: there }, schema });
    else if (!jsonEquals(wanted, there)) setOwn(patch, key, wanted);
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) setOwn(patch, key, null);
  const kept = Object.keys(modified).filter((key) => modified[key] !== null);
  const hasMore = Object.keys(current).some((key) => current[key] !== null && !Object.hasOwn(modified, key));
  if (retainKeys && kept.length > 0 && (Object.keys(patch).length > 0 || hasMore)) patch[RETAIN_KEYS] = kept.sort();
  return patch;
}

interface Field<T> { patch: JsonObject; key: string; values: Versions<T>; schema: PatchSchema }

function diffMapField({ patch, key, values, schema }: Field<JsonObject>): void {
  if (jsonEquals(values.modified, values.current) && jsonEquals(values.modified, values.original)) return;
  const { value, strategy, retainKeys } = mapFieldStrategy(schema, key);
  const change = strategy === 'replace' ? values.modified : diffMaps(values, value, retainKeys);
  if (Object.keys(change).length > 0) setOwn(patch, key, change);
}

function diffListField({ patch, key, values, schema }: Field<readonly Json[]>): void {
  const { original, modified, current } = values;
  if (jsonEquals([...modified], [...current]) && jsonEquals([...modified], [...original])) return;
  const { value, strategy, mergeKey, retainKeys } = listFieldStrategy(schema, key);
  if (strategy !== 'merge') {
    if (!jsonEquals([...modified], [...current])) setOwn(patch, key, [...modified]);
    return;
  }
  if (mergeKey === '') diffScalars({ patch, key, values, schema });
  else diffElements({ patch, key, values: { original: objects(original), modified: objects(modified), current: objects(current) }, schema: value }, mergeKey, retainKeys);
}

function diffScalars({ patch, key, values: { original, modified, current } }: Field<readonly Json[]>): void {
  const [wanted, there] = [new Set(modified), new Set(current)];
  const added = modified.filter((value) => !there.has(value));
  const removed = [...new Set(original)].filter((value) => !wanted.has(value));
  if (added.length > 0) setOwn(patch, key, added);
  if (removed.length > 0) patch[`${DELETE_FROM_PRIMITIVE_LIST}/${key}`] = removed;
  if (current.length > 0 && (removed.length > 0 || !jsonEquals([...modified], [...current]))) patch[`${SET_ELEMENT_ORDER}/${key}`] = [...modified];
}

function diffElements({ patch, key, values: { original, modified, current }, schema }: Field<readonly JsonObject[]>, mergeKey: string, retainKeys: boolean): void {
  const [before, wanted, there] = [byKey(original, mergeKey), byKey(modified, mergeKey), byKey(current, mergeKey)];
  const changes: JsonObject[] = [];
  for (const [identity, element] of wanted) {
    const present = there.get(identity);
    const change = present === undefined ? element : diffMaps({ original: before.get(identity) ?? {}, modified: element, current: present }, schema, retainKeys);
    if (present === undefined) changes.push(element);
    else if (Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: identity });
  }
  const removed = [...before.keys()].filter((identity) => !wanted.has(identity)).map((identity): JsonObject => ({ [DIRECTIVE]: 'delete', [mergeKey]: identity }));
  const list = [...changes, ...removed];
  if (list.length > 0) setOwn(patch, key, list);
  const sameOrder = jsonEquals([...wanted.keys()], [...there.keys()]);
  if (current.length > 0 && (list.length > 0 || !sameOrder)) patch[`${SET_ELEMENT_ORDER}/${key}`] = [...wanted.keys()].map((identity) => ({ [mergeKey]: identity }));
}

function byKey(elements: readonly JsonObject[], mergeKey: string): Map<Json, JsonObject> {
  return new Map(elements.map((element) => {
    const identity = own(element, mergeKey);
    if (identity === undefined) throw noMergeKey(element, mergeKey);
    return [identity, element];
  }));
}

function objects(list: readonly Json[]): JsonObject[] {
  return list.filter(isJsonObject);
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
