import type { Json, JsonObject } from '../json.ts';
import { setOwn } from '../patch/json-pointer.ts';
import type { PathElement } from './path-element.ts';
import { type Atom, DEDUCED, type ListType, type MapType } from './type-model.ts';
import { asList, asMap, elementOf, fieldAtom, own, sameShape, shapeOf } from './typed-value.ts';

/**
 * Merges an applied configuration into an object: its leaves win, nothing is removed. Elements of lists keep the
 * object's order unless the configuration orders them otherwise. Untouched parts are shared with the inputs.
 */
export function mergeObjects(live: JsonObject, applied: JsonObject, atom: Atom): JsonObject {
  return merge(live, applied, atom) as JsonObject; // two maps merge to a map
}

function merge(live: Json | undefined, applied: Json | undefined, atom: Atom): Json | undefined {
  if (applied === undefined || live === applied) return live;
  if (live === undefined) return applied;
  const shape = shapeOf(atom, applied);
  if (live !== null && applied !== null && !sameShape(shapeOf(atom, live), shape)) return applied;
  if ('map' in shape && !shape.map.atomic) return mergeMaps(shape.map, live, applied);
  if ('list' in shape && !shape.list.atomic) return mergeLists(shape.list, live, applied);
  return applied;
}

function mergeMaps(map: MapType, live: Json, applied: Json): Json {
  const [left, right] = [asMap(live) ?? {}, asMap(applied) ?? {}];
  const keys = Object.keys(right);
  if (keys.length === 0) return Object.keys(left).length === 0 ? applied : live;
  const result = { ...left };
  for (const key of keys) {
    const merged = merge(own(left, key), own(right, key), fieldAtom(map, key) ?? DEDUCED);
    if (merged !== undefined) setOwn(result, key, merged);
  }
  return result;
}

function mergeLists(list: ListType, live: Json, applied: Json): Json {
  const [left, right] = [asList(live) ?? [], asList(applied) ?? []];
  if (right.length === 0) return left.length === 0 ? applied : live;
  return new ListMerge(list, left, right).run();
}

/** The elements of two lists zipped by what they share; what is shared comes in the order of the configuration. */
class ListMerge {
  readonly #list: ListType;
  readonly #left: readonly { element: PathElement; value: Json }[];
  readonly #right: readonly { element: PathElement; value: Json }[];
  readonly #leftByElement: ReadonlyMap<PathElement, Json>;
  readonly #rightElements: ReadonlySet<PathElement>;
  /** What both lists have, in the order of the configuration; `#shared` is how many of them are done. */
  readonly #sharedOrder: readonly PathElement[];
  readonly #merged = new Set<PathElement>();
  readonly #result: Json[] = [];
  #shared = 0;

  constructor(list: ListType, left: readonly Json[], right: readonly Json[]) {
    this.#list = list;
    this.#left = left.map((value) => ({ element: elementOf(list, value), value }));
    this.#right = right.map((value) => ({ element: elementOf(list, value), value }));
    this.#leftByElement = byElement(this.#left);
    this.#rightElements = new Set(this.#right.map(({ element }) => element));
    this.#sharedOrder = this.#right.map(({ element }) => element).filter((element) => this.#leftByElement.has(element));
  }

  run(): Json[] {
    let next = 0; // of the left
    for (const { element, value } of this.#right) {
      next = this.#takeLeftBefore(element, next);
      this.#result.push(merge(this.#leftByElement.get(element), value, this.#list.element()) ?? null);
      this.#merged.add(element);
      if (this.#left[next]?.element === element) next++;
      if (this.#sharedOrder[this.#shared] === element) this.#shared++;
    }
    for (; next < this.#left.length; next++) this.#takeLeft(next);
    return this.#result;
  }

  /** Takes what only the object has, up to the next element that is shared and due. */
  #takeLeftBefore(element: PathElement, from: number): number {
    let next = from;
    for (; next < this.#left.length; next++) {
      const here = (this.#left[next] as { element: PathElement }).element; // within length, so set
      if (here === element) break;
      const due = this.#sharedOrder[this.#shared];
      if (this.#rightElements.has(here) && (due === undefined || due === here)) return this.#merged.has(here) ? next + 1 : next;
      this.#takeLeft(next);
    }
    return next;
  }

  /** Elements that the configuration has too are taken from there. */
  #takeLeft(index: number): void {
    const { element, value } = this.#left[index] as { element: PathElement; value: Json }; // within length, so set
    if (!this.#rightElements.has(element)) this.#result.push(value);
  }
}

/** Elements that occur twice cannot be merged with: null stands for them. */
function byElement(members: readonly { element: PathElement; value: Json }[]): Map<PathElement, Json> {
  const values = new Map<PathElement, Json>();
  for (const { element, value } of members) values.set(element, values.has(element) ? null : value);
  return values;
}
