import fc from 'fast-check';
import type { Json, JsonObject } from '../json.ts';
import { applyMergePatch, createMergePatch } from './merge-patch.ts';

describe('applyMergePatch', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['merges maps', { a: { x: 1, y: 2 } }, { a: { y: 3 } }, { a: { x: 1, y: 3 } }],
    ['removes with null', { a: { x: 1 }, b: 1 }, { a: { x: null }, b: null, c: null }, { a: {} }],
    ['replaces lists', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['drops nulls of maps that were not there', {}, { a: { x: null, l: [null, { y: null }] } }, { a: { l: [null, {}] } }],
    ['drops nulls of maps where a scalar was', { a: 1 }, { a: { x: null } }, { a: {} }],
    ['knows no directives', { a: { x: 1 } }, { a: { $patch: 'delete' } }, { a: { x: 1, $patch: 'delete' } }],
  ])('%s', (_, document, patch, want) => {
    const before = structuredClone({ document, patch });
    expect(applyMergePatch(document, patch)).toEqual(want);
    expect({ document, patch }).toEqual(before);
  });

  test.each<[Json, string]>([
    [null, 'Invalid JSON Patch'],
    [[], 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['x', 'error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}'],
  ])('refuses %j', (patch, message) => {
    expect(() => applyMergePatch({}, patch)).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest', message }));
  });
});

test('createMergePatch makes the second document of the first', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), tie('object')),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value')),
  })).object as fc.Arbitrary<JsonObject>; // letrec types its members as unknown
  fc.assert(fc.property(value, value, (from, to) => {
    const patch = createMergePatch(from, to);
    expect(JSON.stringify(sorted(applyMergePatch(from, patch)))).toBe(JSON.stringify(sorted(to)));
    expect(createMergePatch(to, to)).toEqual({});
  }), { numRuns: 200 });
});

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]);
}
