import { EMPTY_SET, type FieldSet, fieldSetOf, isEmptySet, recursiveDifference } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/**
 * Fields that a resource or subresource never changes whatever a request says, so that nobody comes to own them:
 * `exclude: [['status']]`. Or those that it changes alone, `*` standing for any step: `include: [['spec', 'containers', '*', 'resources']]`.
 */
export type ResetFields =
  | { readonly exclude: readonly (readonly string[])[] }
  | { readonly include: readonly (readonly string[])[] };

export type FieldFilter = (set: FieldSet) => FieldSet;

export function fieldFilter(fields: ResetFields | undefined): FieldFilter {
  if (fields === undefined) return (set) => set;
  if ('include' in fields) return (set) => included(set, fields.include);
  const excluded = fieldSetOf(...fields.exclude.map((path) => path.map(fieldElement)));
  return (set) => recursiveDifference(set, excluded);
}

function included(set: FieldSet, patterns: readonly (readonly string[])[]): FieldSet {
  if (patterns.some((pattern) => pattern.length === 0)) return set;
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const below = patterns.filter(([step]) => step === '*' || fieldElement(step ?? '') === element).map((pattern) => pattern.slice(1));
    const kept = below.length === 0 ? EMPTY_SET : { owned: child.owned, children: included(child, below).children };
    if (!isEmptySet(kept)) children.set(element, kept);
  }
  return { owned: false, children };
}
