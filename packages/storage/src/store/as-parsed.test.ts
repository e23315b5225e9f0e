import fc from 'fast-check';
import { asParsed } from './as-parsed.ts';

const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('is what parsing gives, in the same order, or nothing', () => {
  const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.date({ noInvalidDate: true }), fc.constant(-0));
  const { tree } = fc.letrec((tie) => ({ tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(fc.string(), tie('tree'), { noNullPrototype: true })) }));
  fc.assert(fc.property(fc.dictionary(fc.string(), tree, { noNullPrototype: true }), (object) => {
    const found = asParsed(object);
    if (found === undefined) return;
    expect(found).toStrictEqual(parsed(object));
    expect(JSON.stringify(found)).toBe(JSON.stringify(object));
  }));
});

test.each<[string, object, unknown]>([
  ['what has only values is itself', { a: [1, { b: 'c' }], d: null }, undefined],
  ['fields without a value are left out, the rest is shared', { a: { b: 1, c: undefined }, d: [{ e: undefined }] }, { a: { b: 1 }, d: [{}] }],
])('%s', (_, object, expected) => {
  const found = asParsed(object);
  if (expected === undefined) expect(found).toBe(object); else expect(found).toStrictEqual(expected);
});

test.each<[string, unknown]>([
  ['a date', { a: new Date(0) }], ['no number', [NaN]], ['minus zero', { a: -0 }], ['an element without a value', [undefined]], ['a function', { a: () => 1 }], ['an own __proto__', JSON.parse('{"__proto__":1}')],
])('%s takes parsing', (_, value) => { expect(asParsed(value)).toBeUndefined(); });
