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

/*
 * The operations look only at what both sets have, and give back the very same node where nothing changes: a write that touches a few
 * fields costs what these fields cost, however many its object has, and nodes keep their spelling.
 */

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, right] of b.children) {
    const left = a.children.get(element);
    const joined = left === undefined ? right : union(left, right);
    if (joined !== left) (children ??= new Map(a.children)).set(element, joined);
  }
  return children === undefined && (a.owned || !b.owned) ? a : { owned: a.owned || b.owned, children: children ?? a.children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const children = new Map<PathElement, FieldSet>();
  let same = a.owned === (a.owned && b.owned);
  for (const element of (a.children.size < b.children.size ? a : b).children.keys()) {
    const [left, right] = [a.children.get(element), b.children.get(element)];
    if (left === undefined || right === undefined) continue;
    const common = intersection(left, right);
    if (common !== left) same = false;
    if (!isEmptySet(common)) children.set(element, common);
  }
  return same && children.size === a.children.size ? a : { owned: a.owned && b.owned, children };
}

/** The paths of `a` that are not in `b`; children of what is taken out stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return without(a, b, difference);
}

/** As difference, but all below a path of `b` goes with it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return without(a, b, (left, right) => (right.owned ? EMPTY_SET : recursiveDifference(left, right)));
}

function without(a: FieldSet, b: FieldSet, rest: (left: FieldSet, right: FieldSet) => FieldSet): FieldSet {
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, right] of b.children) {
    const left = a.children.get(element);
    const kept = left === undefined ? undefined : rest(left, right);
    if (kept === undefined || kept === left) continue;
    children ??= new Map(a.children);
    if (isEmptySet(kept)) children.delete(element);
    else children.set(element, kept);
  }
  return children === undefined && !(a.owned && b.owned) ? a : { owned: a.owned && !b.owned, children: children ?? a.children };
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
