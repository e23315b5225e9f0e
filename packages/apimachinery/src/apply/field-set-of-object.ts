import { isJsonObject, type Json } from '../json.ts';
import { type FieldSet, type FieldSetBuilder, insertPath, newFieldSet } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { type Atom, DEDUCED, type ListType, type MapType } from './type-model.ts';
import { asList, asMap, elementOf, fieldAtom, shapeOf } from './typed-value.ts';

/**
 * The paths that an object mentions, as an applier owns them: leaves, elements of lists and keys of maps, but not the
 * declared fields that only hold others.
 */
export function fieldSetOfObject(value: Json, atom: Atom): FieldSet {
  const set = newFieldSet();
  visit(value, atom, [], set);
  return set;
}

function visit(value: Json, atom: Atom, path: PathElement[], set: FieldSetBuilder): void {
  const shape = shapeOf(atom, value);
  if ('scalar' in shape || ('map' in shape ? shape.map.atomic : shape.list.atomic)) insertPath(set, path);
  else if ('map' in shape) visitMap(value, shape.map, path, set);
  else visitList(value, shape.list, path, set);
}

function visitMap(value: Json, map: MapType, path: PathElement[], set: FieldSetBuilder): void {
  for (const [key, member] of Object.entries(asMap(value) ?? {})) {
    path.push(fieldElement(key));
    visit(member, fieldAtom(map, key) ?? DEDUCED, path, set);
    if (member === null || (isJsonObject(member) && Object.keys(member).length === 0) || map.field(key) === undefined) insertPath(set, path);
    path.pop();
  }
}

/** Elements that occur twice, which only updates can bring in, are owned as one leaf. */
function visitList(value: Json, list: ListType, path: PathElement[], set: FieldSetBuilder): void {
  const members = (asList(value) ?? []).map((member) => ({ member, element: elementOf(list, member) }));
  const counts = new Map<PathElement, number>();
  for (const { element } of members) counts.set(element, (counts.get(element) ?? 0) + 1);
  for (const { member, element } of members) {
    path.push(element);
    if (counts.get(element) === 1) visit(member, list.element(), path, set);
    insertPath(set, path);
    path.pop();
  }
}
