import type { Json } from '../json.ts';
import { jsonEquals } from '../patch/json-equals.ts';
import type { Comparison } from './compare-objects.ts';
import { type Atom, DEDUCED } from './type-model.ts';
import { asList, asMap, elementOf, fieldAtom, type Shape, shapeOf } from './typed-value.ts';

/** Objects that were made from one template have one shape, so few serve all creations. */
const SHAPES_MAX = 1_000;
const SHAPE_LENGTH_MAX = 8_192;

const known = new WeakMap<Atom, Map<string, Comparison>>();

/**
 * How the empty object became this one: what was found for an object of the same shape, or else what `compare` finds. Sets are never
 * changed, and those that are known have their spelling already.
 */
export function rememberedByShape(object: Json, atom: Atom, compare: () => Comparison): Comparison {
  const shape = shapeText(object, atom, undefined);
  if (shape.length > SHAPE_LENGTH_MAX) return compare();
  let byShape = known.get(atom);
  if (byShape === undefined) known.set(atom, byShape = new Map<string, Comparison>());
  let comparison = byShape.get(shape);
  if (comparison === undefined) {
    comparison = compare();
    if (byShape.size === SHAPES_MAX) for (const oldest of byShape.keys()) { byShape.delete(oldest); break; }
    byShape.set(shape, comparison);
  }
  return comparison;
}

/**
 * All of a value that its comparison with nothing looks at, told unambiguously: names stand behind their length, of a leaf what kind it is
 * and whether it says what is there anyway.
 */
function shapeText(value: Json, atom: Atom, implied: Json | undefined): string {
  const shape = shapeOf(atom, value);
  let text = '';
  if ('map' in shape && !shape.map.atomic) {
    const map = asMap(value);
    const impliedFields = shape.map.implied();
    for (const key in map) text += `${key.length}:${key}${shapeText(map[key] as Json, fieldAtom(shape.map, key) ?? DEDUCED, impliedFields.get(key))}`; // a key of it
    if (text !== '') return `{${text}}`;
  } else if ('list' in shape && !shape.list.atomic) {
    for (const member of asList(value) ?? []) {
      const element = elementOf(shape.list, member);
      text += `${element.length}:${element}${shapeText(member, shape.list.element(), undefined)}`;
    }
    if (text !== '') return `[${text}]`;
  }
  return leafText(shape, implied !== undefined && jsonEquals(implied, value));
}

function leafText(shape: Shape, isImplied: boolean): string {
  const kind = 'map' in shape ? 'm' : 'list' in shape ? 'l' : 's';
  return isImplied ? kind.toUpperCase() : kind;
}
