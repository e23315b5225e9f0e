import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { Atom, ListType, MapType, ScalarType } from './type-model.ts';
import { keyElement, type PathElement, valueElement } from './path-element.ts';

/** Thrown when a value does not fit its type; the message is the one that kube-apiserver shows. */
export class TypeMismatch extends Error {
  constructor(message: string) { super(message); this.name = 'TypeMismatch'; }
}

/** Which of the possible types applies to a value. */
export type Shape = { map: MapType } | { list: ListType } | { scalar: ScalarType };

/** The type by the form of the value; null and values of no allowed form take what the schema offers first. */
export function shapeOf({ map, scalar, list }: Atom, value: Json | undefined): Shape {
  if (Array.isArray(value)) { if (list !== undefined) return { list }; }
  else if (isJsonObject(value)) { if (map !== undefined) return { map }; }
  else if (value !== null && value !== undefined && scalar !== undefined) return { scalar };
  if (map !== undefined) return { map };
  if (scalar !== undefined) return { scalar };
  if (list !== undefined) return { list };
  throw new TypeMismatch('schema error: invalid atom: inlined');
}

export function sameShape(a: Shape, b: Shape): boolean {
  return ('map' in a && 'map' in b) || ('list' in a && 'list' in b) || ('scalar' in a && 'scalar' in b);
}

export function asMap(value: Json | undefined): JsonObject | undefined { return isJsonObject(value) ? value : undefined; }
export function asList(value: Json | undefined): readonly Json[] | undefined { return Array.isArray(value) ? value : undefined; }
export function own(map: JsonObject | undefined, key: string): Json | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The type of the value below a key; undeclared keys that the schema does not allow count as deduced. */
export function fieldAtom(map: MapType, key: string): Atom | undefined {
  return map.field(key) ?? map.element();
}

/** How an element of an associative list is told apart. Throws a TypeMismatch for elements that cannot be. */
export function elementOf(list: ListType, value: Json): PathElement {
  if (list.keys.length === 0) return setElement(value);
  if (value === null) throw new TypeMismatch('associative list with keys may not have a null element');
  if (!isJsonObject(value)) throw new TypeMismatch('associative list with keys may not have non-map elements');
  const keys: [string, Json][] = [];
  for (const name of list.keys) {
    const key = own(value, name) ?? list.element().map?.keyDefault(name);
    if (key !== undefined) keys.push([name, key]);
  }
  if (keys.length === 0) {
    throw new TypeMismatch(`associative list with keys has an element that omits all key fields [${list.keys.map((name) => JSON.stringify(name)).join(' ')}] (and doesn't have default values for any key fields)`);
  }
  return keyElement(keys);
}

function setElement(value: Json): PathElement {
  if (value === null) throw new TypeMismatch("associative list without keys has an element that's an explicit null");
  if (Array.isArray(value)) throw new TypeMismatch('not supported: associative list with lists as elements');
  if (isJsonObject(value)) throw new TypeMismatch("associative list without keys has an element that's a map type");
  return valueElement(value);
}
