import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** Thrown when a JSON patch does not fit its document; the text never reaches a client. */
export class PatchMismatch extends Error {
  constructor(message: string) { super(message); this.name = 'PatchMismatch'; }
}

/** The object or list that holds the value a pointer names, and the key of the value in it. */
export interface Place { container: Json[] | JsonObject; key: string }

/**
 * Walks to the parent of what `pointer` names. What stands before the first slash is ignored, so `a/b` means `/b`.
 * The walk goes through own properties only.
 */
export function findPlace(document: Json, pointer: string): Place {
  const tokens = pointer.split('/').slice(1).map(unescapeToken);
  const key = tokens.pop();
  if (key === undefined) throw new PatchMismatch(`missing path: ${pointer}`);
  let container: Json | undefined = document;
  for (const token of tokens) container = isContainer(container) ? readPlace({ container, key: token }) : undefined;
  if (!isContainer(container)) throw new PatchMismatch(`missing path: ${pointer}`);
  return { container, key };
}

/** The value at a place: undefined for a missing key of an object, an error for an index outside its list. */
export function readPlace({ container, key }: Place): Json | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  return container[indexWithin(key, container.length, container.length - 1)];
}

/** Overwrites the value at a place; in a list the index has to exist. */
export function replaceAt({ container, key }: Place, value: Json): void {
  if (Array.isArray(container)) container[indexWithin(key, container.length, container.length - 1)] = value;
  else setOwn(container, key, value);
}

/** Sets a key, or inserts into a list before an index; `-` stands for its end. */
export function addAt({ container, key }: Place, value: Json): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else container.splice(indexWithin(key, container.length + 1, container.length), 0, value);
}

export function removeAt({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexWithin(key, container.length, container.length - 1), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PatchMismatch(`nonexistent key: ${key}`);
}

/** Negative indices count from the end, as `length` says where that is. */
function indexWithin(key: string, length: number, last: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw new PatchMismatch(`not an index: ${key}`);
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index > last) throw new PatchMismatch(`invalid index: ${key}`);
  return index;
}

/** A key named `__proto__` is a key like any other. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

function isContainer(value: Json | undefined): value is Json[] | JsonObject {
  return Array.isArray(value) || isJsonObject(value);
}

function unescapeToken(token: string): string {
  return token.replace(/~[01]/g, (escape) => (escape === '~1' ? '/' : '~'));
}
