import type { JsonObject } from '../json.ts';
import { type FieldPath, type PathElement, sortPathElements } from './path-element.ts';

/**
 * A set of paths as a tree. A node is in the set when it is `owned`; that says nothing of its children.
 * No node but the root is empty, and the root itself is never owned.
 */
export interface FieldSet {
  readonly owned: boolean;
  readonly children: ReadonlyMap<PathElement, FieldSet>;
  /** The spelling in `fieldsV1`, kept once it was made: sets share most of their nodes with the sets they were made from. */
  encoded?: JsonObject;
}

/** A set under construction; it belongs to whoever builds it. */
export interface FieldSetBuilder extends FieldSet {
  owned: boolean;
  readonly children: Map<PathElement, FieldSetBuilder>;
}

const NO_CHILDREN: ReadonlyMap<PathElement, FieldSet> = new Map();
export const EMPTY_SET: FieldSet = { owned: false, children: NO_CHILDREN };
export const OWNED_LEAF: FieldSet = { owned: true, children: NO_CHILDREN };

export function newFieldSet(): FieldSetBuilder {
  return { owned: false, children: new Map() };
}

export function fieldSetOf(...paths: readonly FieldPath[]): FieldSet {
  const set = newFieldSet();
  for (const path of paths) insertPath(set, path);
  return set;
}

/** Parents are not added with their children. The empty path is the whole object, which nobody owns. */
export function insertPath(set: FieldSetBuilder, path: FieldPath): void {
  if (path.length === 0) return;
  let node = set;
  for (const element of path) {
    let child = node.children.get(element);
    if (child === undefined) node.children.set(element, child = newFieldSet());
    node = child;
  }
  node.owned = true;
}

/** No path is in the set. */
export function isEmptySet({ owned, children }: FieldSet): boolean {
  return !owned && children.size === 0;
}

export function hasPath(set: FieldSet, path: FieldPath): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.children.get(element);
  return path.length > 0 && node?.owned === true;
}

/** The paths below an element, without it. */
export function childSet(set: FieldSet, element: PathElement): FieldSet {
  const child = set.children.get(element);
  return child === undefined ? EMPTY_SET : child.owned ? { owned: false, children: child.children } : child;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  const children = new Map(a.children);
  for (const [element, right] of b.children) {
    const left = children.get(element);
    children.set(element, left === undefined ? right : union(left, right));
  }
  return { owned: a.owned || b.owned, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  return derive(a, a.owned && b.owned, (element, left) => {
    const right = b.children.get(element);
    return right === undefined ? EMPTY_SET : intersection(left, right);
  });
}

/** The paths of `a` that are not in `b`; children of what is taken out stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return derive(a, a.owned && !b.owned, (element, left) => {
    const right = b.children.get(element);
    return right === undefined ? left : difference(left, right);
  });
}

/** As difference, but all below a path of `b` goes with it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return derive(a, a.owned && !b.owned, (element, left) => {
    const right = b.children.get(element);
    if (right === undefined) return left;
    return right.owned ? EMPTY_SET : recursiveDifference(left, right);
  });
}

/** All paths of `a` are in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.owned && !b.owned) return false;
  for (const [element, left] of a.children) {
    const right = b.children.get(element);
    if (right === undefined || !isSubset(left, right)) return false;
  }
  return true;
}

export function setEquals(a: FieldSet, b: FieldSet): boolean {
  return isSubset(a, b) && isSubset(b, a);
}

/** Every path: at each node the owned children first, then what is below them, both in canonical order. */
export function pathsOf(set: FieldSet, prefix: FieldPath = []): FieldPath[] {
  const children = sortedChildren(set);
  const own = children.filter(([, child]) => child.owned).map(([element]) => [...prefix, element]);
  return [...own, ...children.flatMap(([element, child]) => (child.children.size === 0 ? [] : pathsOf(child, [...prefix, element])))];
}

export function sortedChildren(set: FieldSet): [PathElement, FieldSet][] {
  return sortPathElements(set.children.keys()).map((element) => [element, set.children.get(element) ?? EMPTY_SET]);
}

/** The set with its children replaced; the very same set, with its spelling, when nothing changes. */
function derive(set: FieldSet, owned: boolean, childOf: (element: PathElement, child: FieldSet) => FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  let same = owned === set.owned;
  for (const [element, child] of set.children) {
    const kept = childOf(element, child);
    if (kept !== child) same = false;
    if (!isEmptySet(kept)) children.set(element, kept);
  }
  return same ? set : { owned, children };
}
