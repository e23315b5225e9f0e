import { LruMap } from '@kubernode/base';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { EMPTY_SET, type FieldSet, OWNED_LEAF, sortedChildren } from './field-set.ts';
import { parsePathElement, type PathElement } from './path-element.ts';

/** Stored objects are shared and never changed, so what was decoded once is known from then on. */
const decoded = new WeakMap<object, FieldSet>();
const LEAF: JsonObject = Object.freeze({});
/** Most objects of a kind are written by the same managers with the same fields, so these few spellings serve many thousand objects; those that name an owner are used by few. */
const SPELLINGS_MAX = 250;
const SPELLING_LENGTH_MAX = 8_192;
const bySpelling = new LruMap<string, FieldSet>(SPELLINGS_MAX);

/** A field set as managedFields hold it: `{}` is an owned leaf, `"."` says that a node with children is owned too. */
export function encodeFieldsV1(set: FieldSet): JsonObject {
  const fields = encodeNode(set);
  if (fields !== LEAF) decoded.set(fields, set);
  return fields;
}

/** The inverse. Kinds of path elements that are not known yet are dropped; throws an Error for what is malformed. */
export function decodeFieldsV1(fields: unknown): FieldSet {
  const known = isJsonObject(fields) ? decoded.get(fields) : undefined;
  if (known !== undefined) return known;
  const set = decodeSpelling(fields);
  if (isJsonObject(fields)) decoded.set(fields, set);
  return set;
}

/** Writing the text of a set again costs a tenth of reading it. */
function decodeSpelling(fields: unknown): FieldSet {
  const text = JSON.stringify(fields) ?? '';
  const known = bySpelling.get(text);
  if (known !== undefined) return known;
  const { children } = decodeNode(fields);
  const set = children.size === 0 ? EMPTY_SET : { owned: false, children };
  if (text.length > SPELLING_LENGTH_MAX) return set;
  bySpelling.set(text, set);
  return set;
}

function encodeNode(set: FieldSet): JsonObject {
  if (set.children.size === 0) return LEAF;
  return set.encoded ??= encodeChildren(set);
}

function encodeChildren(set: FieldSet): JsonObject {
  const fields: JsonObject = {};
  if (set.owned) fields['.'] = LEAF;
  for (const [element, child] of sortedChildren(set)) fields[element] = encodeNode(child);
  return fields;
}

function decodeNode(fields: unknown): FieldSet {
  if (fields !== null && !isJsonObject(fields)) throw new Error(`expected an object of fields, got ${JSON.stringify(fields)}`);
  const children = new Map<PathElement, FieldSet>();
  for (const [key, value] of Object.entries<Json>(fields ?? {})) {
    if (key === '.') continue;
    const element = parsePathElement(key);
    if (element !== undefined) children.set(element, decodeNode(value));
  }
  if (children.size === 0) return OWNED_LEAF;
  return { owned: fields !== null && Object.hasOwn(fields, '.'), children };
}
