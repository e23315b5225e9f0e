import { isJsonObject, type Json, type JsonObject } from '../json.ts';

/** Thrown when a JSON patch does not fit its document. The text is that of the library Kubernetes uses; clients that patch never see it. */
export class PatchMismatch extends Error {
  /** A `test` said no; the patch is otherwise in order. */
  readonly testFailed: boolean;

  constructor(message: string, { testFailed = false }: { testFailed?: boolean } = {}) {
    super(message);
    this.name = 'PatchMismatch';
    this.testFailed = testFailed;
  }
}

/** The object or list that holds the value a pointer names, and the key of the value in it. */
export interface Place { container: Json[] | JsonObject; key: string }

/**
 * Walks to the parent of what `pointer` names. What stands before the first slash is ignored, so `a/b` means `/b`.
 * The walk goes through own properties only. Undefined when there is no such parent.
 */
export function findPlace(document: Json, pointer: string): Place | undefined {
  const tokens = pointer.split('/').slice(1).map(unescapeToken);
  const key = tokens.pop();
  let container: Json | undefined = document;
  for (const token of tokens) container = isContainer(container) ? valueAt({ container, key: token }) : undefined;
  return key === undefined || !isContainer(container) ? undefined : { container, key };
}

/** The value at a place: undefined for a missing key of an object, an error for an index outside its list. */
export function readPlace({ container, key }: Place): Json | undefined {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  return container[indexWithin(key, container.length, container.length - 1)];
}

/** The value at a place, undefined for every place that is not there. */
function valueAt(place: Place): Json | undefined {
  const { container, key } = place;
  if (Array.isArray(container) && (!INDEX.test(key) || Number(key) >= container.length || Number(key) < -container.length)) return undefined;
  return readPlace(place);
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
  else if (!INDEX.test(key)) throw new PatchMismatch(`value was not a proper array index: '${key}': ${noNumber(key)}`);
  else container.splice(indexWithin(key, container.length + 1, container.length), 0, value);
}

export function removeAt({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexWithin(key, container.length, container.length - 1), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PatchMismatch(`Unable to remove nonexistent key: ${key}: missing value`);
}

const INDEX = /^[+-]?\d+$/;

function noNumber(key: string): string {
  return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
}

/** Negative indices count from the end, as `length` says where that is. */
function indexWithin(key: string, length: number, last: number): number {
  if (!INDEX.test(key)) throw new PatchMismatch(noNumber(key));
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index > last) throw new PatchMismatch(`Unable to access invalid index: ${Number(key)}: invalid index referenced`);
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
