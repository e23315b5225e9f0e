import fc from 'fast-check';
import { formatFieldSelector, matchesFields, parseFieldSelector, requiredFieldValue, type FieldRequirement } from './field-selector.ts';

describe('parseFieldSelector', () => {
  test.each([
    ['', ''], ['a=b', 'a=b'], ['a==b', 'a=b'], ['a!=b', 'a!=b'], ['b=2,a=1', 'a=1,b=2'], ['a=x\\,y', 'a=x\\,y'], ['a=,', 'a='], ['a=b\\=c', 'a=b\\=c'],
  ])('%j is %j', (text, formatted) => {
    expect(formatFieldSelector(parseFieldSelector(text))).toBe(formatted);
  });

  test.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['b=1,x', "invalid selector: 'b=1,x'; can't understand 'x'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  test('reads back what formatFieldSelector writes', () => {
    const requirement: fc.Arbitrary<FieldRequirement> = fc.record({ field: fc.stringMatching(/^[a-z.]{1,6}$/), operator: fc.constantFrom('=' as const, '!=' as const), value: fc.string() });
    fc.assert(fc.property(fc.array(requirement, { maxLength: 3 }), (selector) => {
      expect(new Set(parseFieldSelector(formatFieldSelector(selector)))).toEqual(new Set(selector));
    }), { numRuns: 200 });
  });
});

test('matchesFields takes a missing field for empty', () => {
  expect([matchesFields(parseFieldSelector('a=,b!=x'), { b: 'y' }), matchesFields(parseFieldSelector('a=1'), {}), requiredFieldValue(parseFieldSelector('a=1'), 'a')]).toEqual([true, false, '1']);
});
