import { groupBy } from '@kubernode/base';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { jsonEquals } from '../patch/json-equals.ts';
import { type FieldSet, type FieldSetBuilder, insertPath, newFieldSet } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { rememberedByShape } from './object-shapes.ts';
import { type Atom, DEDUCED, type ListType, type MapType } from './type-model.ts';
import { asList, asMap, elementOf, fieldAtom, sameShape, type Shape, shapeOf } from './typed-value.ts';

/** How one object became another. No path is in two of the sets. */
export interface Comparison { added: FieldSet; modified: FieldSet; removed: FieldSet }

interface Walk { added: FieldSetBuilder; modified: FieldSetBuilder; removed: FieldSetBuilder; path: PathElement[] }

/** Compares two objects of one type. Parents count as added or removed with their children, but never as modified. */
export function compareObjects(from: Json, to: Json, atom: Atom): Comparison {
  return isJsonObject(from) && !hasKeys(from) ? rememberedByShape(to, atom, () => comparison(from, to, atom)) : comparison(from, to, atom);
}

function comparison(from: Json, to: Json, atom: Atom): Comparison {
  const walk: Walk = { added: newFieldSet(), modified: newFieldSet(), removed: newFieldSet(), path: [] };
  compare(from, to, atom, walk);
  return { added: walk.added, modified: walk.modified, removed: walk.removed };
}

/** One of `from` and `to` may be undefined: absent. */
function compare(from: Json | undefined, to: Json | undefined, atom: Atom, walk: Walk): void {
  if (from === to) return; // parts that were not touched are shared
  const fromShape = shapeOf(atom, from);
  const toShape = shapeOf(atom, to);
  let wasLeaf: boolean;
  if (to === undefined) wasLeaf = compareAs(fromShape, from, to, walk);
  else {
    if (from !== undefined && !sameShape(fromShape, toShape)) compareAs(fromShape, from, to, walk);
    wasLeaf = compareAs(toShape, from, to, walk);
  }
  if (wasLeaf) return;
  if (from === undefined) insertPath(walk.added, walk.path);
  else if (to === undefined) insertPath(walk.removed, walk.path);
}

/** Returns whether the value counts as a leaf: scalars, what is atomic, and what is empty on both sides. */
function compareAs(shape: Shape, from: Json | undefined, to: Json | undefined, walk: Walk): boolean {
  if ('map' in shape) {
    const [left, right] = [asMap(from), asMap(to)];
    if (!shape.map.atomic && (hasKeys(left) || hasKeys(right))) { compareMaps(shape.map, left, right, walk); return false; }
  } else if ('list' in shape) {
    const [left = [], right = []] = [asList(from), asList(to)];
    if (!shape.list.atomic && left.length + right.length > 0) { compareLists(shape.list, left, right, walk); return false; }
  }
  if (from === undefined) insertPath(walk.added, walk.path);
  else if (to === undefined) insertPath(walk.removed, walk.path);
  else if (!jsonEquals(from, to)) insertPath(walk.modified, walk.path);
  return true;
}

function hasKeys(map: JsonObject | undefined): boolean {
  return map !== undefined && Object.keys(map).length > 0;
}

function compareMaps(map: MapType, left: JsonObject | undefined, right: JsonObject | undefined, walk: Walk): void {
  const implied = map.implied();
  const valueIn = (side: JsonObject | undefined, key: string): Json | undefined => (side === undefined ? undefined : Object.hasOwn(side, key) ? side[key] : implied.get(key));
  const compareKey = (key: string): void => {
    const [from, to] = [valueIn(left, key), valueIn(right, key)];
    if (from !== to) step(fieldElement(key), from, to, fieldAtom(map, key) ?? DEDUCED, walk);
  };
  for (const key in right) compareKey(key);
  for (const key in left) if (right === undefined || !Object.hasOwn(right, key)) compareKey(key);
  for (const key of implied.keys()) if (!Object.hasOwn(left ?? {}, key) && !Object.hasOwn(right ?? {}, key)) compareKey(key);
}

function step(element: PathElement, from: Json | undefined, to: Json | undefined, atom: Atom, walk: Walk): void {
  walk.path.push(element);
  compare(from, to, atom, walk);
  walk.path.pop();
}

function compareLists(list: ListType, left: readonly Json[], right: readonly Json[], walk: Walk): void {
  const from = groupBy(left, (member) => elementOf(list, member));
  const to = groupBy(right, (member) => elementOf(list, member));
  for (const element of new Set([...from.keys(), ...to.keys()])) compareElement({ element, from: from.get(element) ?? [], to: to.get(element) ?? [], atom: list.element(), walk });
}

/** Elements that occur several times are compared as one leaf; becoming single or double adds and removes. */
function compareElement({ element, from, to, atom, walk }: { element: PathElement; from: Json[]; to: Json[]; atom: Atom; walk: Walk }): void {
  if (from.length <= 1 && to.length <= 1) { step(element, from[0], to[0], atom, walk); return; }
  const here = [...walk.path, element];
  if (from.length > 1 && to.length > 1) {
    if (!jsonEquals(from, to)) insertPath(walk.modified, here);
  } else if (from.length > 1) {
    if (to.length > 0) step(element, undefined, to[0], atom, walk);
    insertPath(walk.removed, here);
  } else {
    if (from.length > 0) step(element, from[0], undefined, atom, walk);
    insertPath(walk.added, here);
  }
}
