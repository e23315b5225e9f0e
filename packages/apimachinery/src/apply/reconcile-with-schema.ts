import { EMPTY_SET, type FieldSet, fieldSetOf, recursiveDifference, union } from './field-set.ts';
import { fieldName, type PathElement } from './path-element.ts';
import type { Atom, MapType } from './type-model.ts';

/** Sets that were found to agree with a type: nearly all of them, write after write. */
const agreeing = new WeakMap<FieldSet, Atom>();

/**
 * Adapts a set that was recorded when a list or map was still granular to its type of today, atomic: whoever owned a
 * part owns the whole. Changes the other way need nothing.
 */
export function reconcileWithSchema(set: FieldSet, atom: Atom): FieldSet {
  if (agreeing.get(set) === atom) return set;
  const nowAtomic: PathElement[][] = [];
  visit(set, atom, false, [], nowAtomic);
  if (nowAtomic.length === 0) { agreeing.set(set, atom); return set; }
  const roots = fieldSetOf(...nowAtomic);
  return union(recursiveDifference(set, roots), roots);
}

function visit(set: FieldSet, atom: Atom, ownedAsWhole: boolean, path: PathElement[], nowAtomic: PathElement[][]): void {
  const { map, list, scalar } = atom;
  if (map !== undefined) {
    if (map.deduced) return; // deduced types are neither atomic nor granular for good
    if (map.atomic && !ownedAsWhole) { if (set.children.size > 0) nowAtomic.push([...path]); }
    else if (!map.atomic) descend(set, (element) => mapChild(map, element), path, nowAtomic);
  } else if (list !== undefined && scalar === undefined) {
    if (list.atomic) { if (!ownedAsWhole) nowAtomic.push([...path]); }
    else descend(set, () => list.element(), path, nowAtomic);
  }
}

function descend(set: FieldSet, atomOf: (element: PathElement) => Atom | undefined, path: PathElement[], nowAtomic: PathElement[][]): void {
  for (const [element, child] of set.children) {
    const atom = atomOf(element);
    if (atom === undefined) continue;
    path.push(element);
    visit(child.children.size === 0 ? EMPTY_SET : child, atom, child.owned && child.children.size === 0, path, nowAtomic);
    path.pop();
  }
}

function mapChild(map: MapType, element: PathElement): Atom | undefined {
  const name = fieldName(element);
  return (name === undefined ? undefined : map.field(name)) ?? map.element();
}
