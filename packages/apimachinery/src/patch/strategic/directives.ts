import type { StatusError } from '../../errors/status-error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { setOwn } from '../json-pointer.ts';

/** `$patch: replace | delete | merge`, inside a map or an element of a list. */
export const DIRECTIVE = '$patch';
/** `$retainKeys: [key, …]`: all other keys of the map go. */
export const RETAIN_KEYS = '$retainKeys';
/** `$deleteFromPrimitiveList/KEY: [scalar, …]` beside KEY. */
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';
/** `$setElementOrder/KEY: [scalar or {mergeKey: …}, …]` beside KEY. */
export const SET_ELEMENT_ORDER = '$setElementOrder';

/** The KEY of a `PREFIX/KEY` directive. */
export function listKey(directiveKey: string, prefix: string, malformed: () => StatusError): string {
  if (!directiveKey.startsWith(`${prefix}/`)) throw malformed();
  return directiveKey.slice(prefix.length + 1);
}

/** Drops every map that carries a `$patch`, at any depth; undefined when the value is one itself. */
export function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((element) => element !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = withoutDirectives(member);
    if (kept !== undefined) setOwn(result, key, kept);
  }
  return result;
}

/** Drops the null members of maps, at any depth; nulls in lists stay. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) if (member !== null) setOwn(result, key, withoutNulls(member));
  return result;
}
