import { badRequest, StatusError } from '../errors/status-error.ts';
import { copyJson } from '../copy-json.ts';
import { isJsonObject, type Json } from '../json.ts';
import { isDeeperThan, JSON_DEPTH_MAX, valuesIn } from '../nesting.ts';
import { jsonEquals } from './json-equals.ts';
import { addAt, findPlace, PatchMismatch, readPlace, removeAt, replaceAt, type Place } from './json-pointer.ts';
import { typeMismatch } from './type-mismatch.ts';

/** Operations in one patch; more are refused. */
const OPERATIONS_MAX = 10_000;
/** What all copies of one patch may add together, as JSON text; else a few operations could double a document without end. */
const COPIED_CHARACTERS_MAX = 3 * 1024 * 1024;
const TOO_DEEP = `the result is nested deeper than ${JSON_DEPTH_MAX}`;
const FIELDS: readonly string[] = ['op', 'path', 'from', 'value'];

/**
 * A JSON patch (RFC 6902), as lax as Kubernetes' library: `replace` of a missing key adds it, `copy` from one and `add`
 * without a value write null, `test` takes a missing key for null, and indices may be negative.
 * Neither input is changed. The result may be any JSON, since a patch may replace the whole document: decode it anew.
 * Throws 400 for what is no patch, 413 for too long a one and 422, caused by a PatchMismatch, for one that does not fit the document.
 */
export function applyJsonPatch(document: Json, patch: Json): Json {
  const operations = checkedOperations(patch);
  let current = copyJson(document);
  try {
    const copied = { characters: 0 };
    for (const operation of operations) current = applyOperation(current, operation, copied);
    if (isDeeperThan(JSON_DEPTH_MAX, current, valuesIn)) throw new PatchMismatch(TOO_DEEP);
  } catch (error) {
    if (error instanceof RangeError) throw rejected(new PatchMismatch(TOO_DEEP)); // copies of copies filled the stack
    if (error instanceof PatchMismatch) throw rejected(error);
    throw error;
  }
  return current;
}

/** Fields of operations that mean nothing, as field validation words them: `json patch unknown field "[0].bogus"`. */
export function jsonPatchUnknownFields(patch: Json): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, index) => (isJsonObject(operation)
    ? Object.keys(operation).filter((key) => !FIELDS.includes(key)).map((key) => `json patch unknown field "[${index}].${key}"`) : []));
}

interface Operation { op: string; path: string | undefined; from: string | undefined; value: Json }

function applyOperation(document: Json, operation: Operation, copied: { characters: number }): Json {
  switch (operation.op) {
    case 'add': return add(document, operation);
    case 'remove': return remove(document, operation);
    case 'replace': return replace(document, operation);
    case 'move': return move(document, operation);
    case 'copy': return copy(document, operation, copied);
    case 'test': return test(document, operation);
    default: throw new PatchMismatch(`Unexpected kind: ${operation.op}`);
  }
}

function add(document: Json, { path, value }: Operation): Json {
  const target = placeOf(document, path, (text) => `add operation does not apply: doc is missing path: "${text}"`);
  within(`error in add for path: '${path}'`, () => { addAt(target, value); });
  return document;
}

function remove(document: Json, { path }: Operation): Json {
  const target = placeOf(document, path, (text) => `remove operation does not apply: doc is missing path: "${text}"`);
  within(`error in remove for path: '${path}'`, () => { removeAt(target); });
  return document;
}

function replace(document: Json, { path, value }: Operation): Json {
  if (path === '') {
    if (typeof value !== 'object' || value === null) throw new PatchMismatch('replace operation value must be object or array');
    return value;
  }
  const target = placeOf(document, path, (text) => `replace operation does not apply: doc is missing path: ${text}`);
  try { readPlace(target); } catch { throw new PatchMismatch(`replace operation does not apply: doc is missing key: ${path}: missing value`); }
  replaceAt(target, value);
  return document;
}

/** The value is gone from its old place before the new one is looked for. */
function move(document: Json, { from, path }: Operation): Json {
  const source = placeOf(document, from, (text) => `move operation does not apply: doc is missing from path: ${text}`);
  const value = within(`error in move for path: '${source.key}'`, () => {
    const found = readPlace(source) ?? null;
    removeAt(source);
    return found;
  });
  const target = placeOf(document, path, (text) => `move operation does not apply: doc is missing destination path: ${text}`);
  within(`error in move for path: '${path}'`, () => { addAt(target, value); });
  return document;
}

function copy(document: Json, { from, path }: Operation, copied: { characters: number }): Json {
  const source = placeOf(document, from, (text) => `copy operation does not apply: doc is missing from path: ${text}`);
  const text = JSON.stringify(within(`error in copy for from: '${from}'`, () => readPlace(source)) ?? null);
  const target = placeOf(document, path, (pointer) => `copy operation does not apply: doc is missing destination path: ${pointer}`);
  copied.characters += text.length;
  if (copied.characters > COPIED_CHARACTERS_MAX) throw new PatchMismatch(`copies exceed ${COPIED_CHARACTERS_MAX} characters`);
  within('error while adding value during copy', () => { addAt(target, JSON.parse(text) as Json); }); // what JSON.parse returns
  return document;
}

function test(document: Json, { path, value }: Operation): Json {
  const place = path === '' ? undefined : placeOf(document, path, (text) => `test operation does not apply: is missing path: ${text}`);
  const actual = place === undefined ? document : within(`error in test for path: '${path}'`, () => readPlace(place));
  if (!jsonEquals(actual ?? null, value)) throw new PatchMismatch(`testing value ${path} failed: test failed`, { testFailed: true });
  return document;
}

function placeOf(document: Json, pointer: string | undefined, missing: (pointer: string) => string): Place {
  if (pointer === undefined) throw new PatchMismatch('operation lacks a path: missing value');
  const place = findPlace(document, pointer);
  if (place === undefined) throw new PatchMismatch(`${missing(pointer)}: missing value`);
  return place;
}

/** Says with a mismatch what was being done. */
function within<T>(doing: string, act: () => T): T {
  try { return act(); } catch (error) {
    if (error instanceof PatchMismatch) throw new PatchMismatch(`${doing}: ${error.message}`);
    throw error;
  }
}

function checkedOperations(patch: Json): Operation[] {
  if (!Array.isArray(patch)) {
    if (patch === null) return [];
    throw badRequest(`error decoding patch: ${typeMismatch(patch, '[]handlers.jsonPatchOp')}`);
  }
  const operations = patch.map(checkedOperation);
  if (operations.length <= OPERATIONS_MAX) return operations;
  throw new StatusError({
    code: 413, reason: 'RequestEntityTooLarge',
    message: `Request entity too large: The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${operations.length}`,
  });
}

function checkedOperation(operation: Json): Operation {
  if (operation !== null && !isJsonObject(operation)) throw badRequest(`error decoding patch: ${typeMismatch(operation, 'handlers.jsonPatchOp')}`);
  const text = (field: 'op' | 'path' | 'from'): string | undefined => {
    const value = operation?.[field] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw badRequest(`error decoding patch: ${typeMismatch(value, 'string', `jsonPatchOp.${field}`)}`);
  };
  return { op: text('op') ?? 'unknown', path: text('path'), from: text('from'), value: copyJson(operation?.['value'] ?? null) };
}

/** The reason why is not told, but for the cause: kube-apiserver answers every mismatch with the same generic sentence. */
function rejected(cause: PatchMismatch): StatusError {
  return new StatusError({ code: 422, reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {}, cause });
}
