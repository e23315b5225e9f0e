import { goJson, goQuote } from '../codec/go-text.ts';
import { isJsonObject, type Json } from '../json.ts';

/**
 * One step of a path through an object, in the spelling of `fieldsV1`, which is also its identity:
 * `f:NAME` a field, `k:{"KEY":VALUE,…}` an element of a list by its keys, `v:VALUE` an element of a set, `i:N` an index.
 * Always canonical: keys sorted, JSON without spaces and with Go's escapes of `<`, `>` and `&`.
 */
export type PathElement = string;
export type FieldPath = readonly PathElement[];

export function fieldElement(name: string): PathElement { return `f:${name}`; }
export function valueElement(value: Json): PathElement { return `v:${scalarText(value)}`; }

export function keyElement(keys: readonly (readonly [name: string, value: Json])[]): PathElement {
  const sorted = keys.length < 2 ? keys : [...keys].sort(([a], [b]) => compareText(a, b));
  let members = '';
  for (const [name, value] of sorted) members += `${members === '' ? '' : ','}${scalarText(name)}:${scalarText(value)}`;
  return `k:{${members}}`;
}

/** Almost all keys are plain names and numbers, which need no escapes. */
function scalarText(value: Json): string {
  if (typeof value === 'string') return PLAIN.test(value) ? `"${value}"` : goJson(value);
  return typeof value === 'number' ? String(value) : goJson(value);
}

const PLAIN = /^[\w./:-]*$/;

/** The name of a field, undefined for the other kinds of elements. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

/** Reads a key of `fieldsV1`: undefined for a kind that a future version may know, an Error for what is malformed. */
export function parsePathElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case 'f': return text;
    case 'v': return valueElement(parseJson(content));
    case 'k': {
      const keys = parseJson(content);
      if (!isJsonObject(keys)) throw new Error(`key is no object: ${text}`);
      return keyElement(Object.entries(keys));
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(content)) throw new Error(`invalid index: ${text}`);
      return `i:${Number(content)}`;
    default: return undefined;
  }
}

/** As conflicts name it: `.spec`, `[name="a"]`, `[="x"]`, `[0]`. */
export function printPathElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f': return `.${content}`;
    case 'k': return `[${keysOf(element).map(([name, value]) => `${name}=${printValue(value)}`).join(',')}]`;
    case 'v': return `[=${printValue(parseJson(content))}]`;
    default: return `[${content}]`;
  }
}

function printValue(value: Json): string {
  return typeof value === 'string' ? goQuote(value) : JSON.stringify(value);
}

export function printPath(path: FieldPath): string {
  return path.map(printPathElement).join('');
}

/** Fields come first, then elements by key, by value and by index; within a kind by content, numbers numerically. */
export function sortPathElements(elements: Iterable<PathElement>): PathElement[] {
  const all = [...elements];
  if (all.every((element) => element.startsWith('f:'))) return all.sort();
  const parsed = all.map((element) => ({ element, content: contentOf(element) }));
  return parsed.sort((a, b) => KINDS.indexOf(a.element.charAt(0)) - KINDS.indexOf(b.element.charAt(0)) || compareContents(a, b)).map(({ element }) => element);
}

const KINDS = 'fkvi';

function keysOf(element: PathElement): [string, Json][] {
  return Object.entries(parseJson(element.slice(2)) as Record<string, Json>); // canonical, so an object
}

type Content = readonly (readonly [string, Json])[] | undefined;

/** What elements are compared by, parsed once for a whole sort: the keys, or one nameless value; nothing for fields. */
function contentOf(element: PathElement): Content {
  switch (element.charAt(0)) {
    case 'k': return keysOf(element);
    case 'v': case 'i': return [['', parseJson(element.slice(2))]];
    default: return undefined;
  }
}

function compareContents(a: { element: PathElement; content: Content }, b: { element: PathElement; content: Content }): number {
  return a.content === undefined || b.content === undefined ? compareText(a.element, b.element) : compareKeys(a.content, b.content);
}

function compareKeys(a: readonly (readonly [string, Json])[], b: readonly (readonly [string, Json])[]): number {
  for (let index = 0; ; index++) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return a.length - b.length;
    const order = compareText(left[0], right[0]) || compareValues(left[1], right[1]);
    if (order !== 0) return order;
  }
}

function compareValues(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return rank(a) - rank(b);
  return compareText(goJson(a), goJson(b));
}

function rank(value: Json): number {
  return ['number', 'string', 'boolean', 'object'].indexOf(typeof value);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseJson(text: string): Json {
  return JSON.parse(text) as Json; // what JSON.parse returns
}
