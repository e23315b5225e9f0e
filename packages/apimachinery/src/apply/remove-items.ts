import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { setOwn } from '../patch/json-pointer.ts';
import { childSet, type FieldSet, isEmptySet } from './field-set.ts';
import { fieldElement, fieldName, type PathElement } from './path-element.ts';
import { type Atom, DEDUCED, type ListType, type MapType } from './type-model.ts';
import { elementOf, fieldAtom, shapeOf } from './typed-value.ts';

/**
 * The object without the paths of a set. What becomes empty stays, as `{}` or `[]`; atomic values inside a path that is
 * not itself in the set are emptied too. The input is not changed.
 */
export function removeItems(object: JsonObject, toRemove: FieldSet, atom: Atom): JsonObject {
  if (isEmptySet(toRemove)) return object;
  return (remove(object, toRemove, atom) ?? {}) as JsonObject; // a map stays a map
}

/** Undefined stands for nothing left. */
function remove(value: Json, toRemove: FieldSet, atom: Atom): Json | undefined {
  const shape = shapeOf(atom, value);
  if ('scalar' in shape) return value;
  if ('map' in shape) return isJsonObject(value) && !shape.map.atomic ? removeFromMap(value, toRemove, shape.map) : undefined;
  return Array.isArray(value) && !shape.list.atomic ? removeFromList(value, toRemove, shape.list) : undefined;
}

function removeFromMap(value: JsonObject, toRemove: FieldSet, map: MapType): Json {
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = keep(fieldElement(key), member, toRemove, () => fieldAtom(map, key) ?? DEDUCED);
    if (kept !== undefined) setOwn(result, key, kept);
  }
  return result;
}

function removeFromList(value: readonly Json[], toRemove: FieldSet, list: ListType): Json {
  return value.flatMap((member) => {
    const kept = keep(elementOf(list, member), member, toRemove, () => list.element());
    return kept === undefined ? [] : [kept];
  });
}

function keep(element: PathElement, member: Json, toRemove: FieldSet, atom: () => Atom): Json | undefined {
  const marked = toRemove.children.get(element);
  if (marked === undefined) return member;
  if (marked.owned) return undefined;
  return remove(member, childSet(toRemove, element), atom()) ?? (Array.isArray(member) ? [] : isJsonObject(member) ? {} : null);
}

/** The set with every declared field that only has children in it: `a.b` also names `a`. */
export function withNamedFields(set: FieldSet, atom: Atom | undefined): FieldSet {
  if (set.children.size === 0) return set;
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const name = fieldName(element);
    const declared = name === undefined ? undefined : atom?.map?.field(name);
    const below = name === undefined ? atom?.list?.element() : declared ?? atom?.map?.element();
    const named = withNamedFields(child, below);
    children.set(element, child.owned || declared === undefined ? named : { owned: true, children: named.children });
  }
  return { owned: set.owned, children };
}
