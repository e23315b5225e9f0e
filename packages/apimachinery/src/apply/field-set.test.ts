import fc from 'fast-check';
import { difference, EMPTY_SET, type FieldSet, fieldSetOf, hasPath, intersection, isEmptySet, isSubset, pathsOf, recursiveDifference, setEquals, union } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { keyElement, valueElement } from './path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', keyElement([['name', 'x']]), keyElement([['port', 80], ['protocol', 'TCP']]), valueElement('v'));
const set: fc.Arbitrary<FieldSet> = fc.array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 8 }).map((paths) => fieldSetOf(...paths));
const holds = (property: Parameters<typeof fc.assert>[0]): void => { void fc.assert(property, { numRuns: 100 }); };
const same = (a: FieldSet, b: FieldSet): void => expect(encodeFieldsV1(a)).toEqual(encodeFieldsV1(b));

describe('field sets', () => {
  test('union and intersection commute and are idempotent', () => holds(fc.property(set, set, (a, b) => {
    same(union(a, b), union(b, a));
    same(intersection(a, b), intersection(b, a));
    same(union(a, a), a);
    same(intersection(a, a), a);
  })));

  test('union and intersection distribute', () => holds(fc.property(set, set, set, (a, b, c) => {
    same(intersection(a, union(b, c)), union(intersection(a, b), intersection(a, c)));
    same(union(a, intersection(b, c)), intersection(union(a, b), union(a, c)));
  })));

  test('difference and intersection split a set', () => holds(fc.property(set, set, (a, b) => {
    same(union(difference(a, b), intersection(a, b)), a);
    expect(isEmptySet(intersection(difference(a, b), b))).toBe(true);
    same(difference(a, EMPTY_SET), a);
  })));

  test('recursive difference takes children along', () => holds(fc.property(set, set, (a, b) => {
    const kept = recursiveDifference(a, b);
    expect(isSubset(kept, difference(a, b))).toBe(true);
    for (const path of pathsOf(kept)) for (let length = 1; length <= path.length; length++) expect(hasPath(b, path.slice(0, length))).toBe(false);
  })));

  test('what changes nothing gives back the very same set', () => holds(fc.property(set, set, (a, b) => {
    expect(union(a, intersection(a, b))).toBe(a);
    expect(intersection(a, union(a, b))).toBe(a);
    expect(difference(a, difference(b, a))).toBe(a);
    expect(recursiveDifference(a, EMPTY_SET)).toBe(a);
  })));

  test('paths rebuild the set', () => holds(fc.property(set, (a) => { expect(setEquals(fieldSetOf(...pathsOf(a)), a)).toBe(true); })));
  test('equal spellings are one set, which nobody has to make again', () => {
    const spelling = { 'f:spec': { '.': {}, 'f:replicas': {} } };
    expect(decodeFieldsV1(structuredClone(spelling))).toBe(decodeFieldsV1(structuredClone(spelling)));
  });
  test('fieldsV1 round-trips', () => holds(fc.property(set, (a) => same(decodeFieldsV1(encodeFieldsV1(a)), a))));
});
