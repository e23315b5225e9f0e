import { badRequest } from '../errors/status-error.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { jsonEquals } from './json-equals.ts';
import { setOwn } from './json-pointer.ts';
import { typeMismatch } from './type-mismatch.ts';

/**
 * A JSON merge patch (RFC 7386): maps merge, null removes a key, lists and scalars replace. Unchanged parts of
 * `document` are shared with the result; neither input is changed. Throws 400 for a patch that is no object.
 */
export function applyMergePatch(document: JsonObject, patch: Json): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isJsonObject(patch)) throw badRequest(`error decoding patch: ${typeMismatch(patch, 'map[string]interface {}')}`);
  return merge(document, patch);
}

/** The smallest merge patch that makes `to` out of `from`. It cannot express a null that `to` holds in a map. */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) setOwn(patch, key, null);
  for (const [key, wanted] of Object.entries(to)) {
    const present = Object.hasOwn(from, key) ? from[key] : undefined;
    if (present !== undefined && jsonEquals(present, wanted)) continue;
    setOwn(patch, key, isJsonObject(present) && isJsonObject(wanted) ? createMergePatch(present, wanted) : wanted);
  }
  return patch;
}

function merge(document: JsonObject, patch: JsonObject): JsonObject {
  const result = { ...document };
  for (const [key, value] of Object.entries(patch)) {
    const present = Object.hasOwn(result, key) ? result[key] : null;
    if (value === null) delete result[key];
    else if (!isJsonObject(present)) setOwn(result, key, withoutNulls(value));
    else setOwn(result, key, isJsonObject(value) ? merge(present, value) : value);
  }
  return result;
}

/** What was not there before has no keys to remove: nulls in maps are dropped, those in lists stay. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) if (member !== null) setOwn(result, key, withoutNulls(member));
  return result;
}
