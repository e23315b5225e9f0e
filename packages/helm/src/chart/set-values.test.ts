import { toPlain, type GoMap } from '../values/value.ts';
import { setValues, type SetKind } from './set-values.ts';

function after(text: string, kind: SetKind = 'value', values: GoMap = new Map()): unknown {
  setValues(values, text, { kind, read: (file) => `text of ${file}` });
  return JSON.parse(JSON.stringify(toPlain(values), (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)));
}

test.each<[string, SetKind, unknown]>([
  ['a=1,b=two,c=true,d=null,e=', 'value', { a: 1, b: 'two', c: true, d: null, e: '' }],
  ['a.b.c=x,a.b.d=0123', 'value', { a: { b: { c: 'x', d: '0123' } } }],
  ['a[1].b=x,a[0]=y', 'value', { a: ['y', { b: 'x' }] }],
  ['a={x,1,true},b=2', 'value', { a: ['x', 1, true], b: 2 }],
  ['a\\.b=x\\,y', 'value', { 'a.b': 'x,y' }],
  ['a[0][1]=x', 'value', { a: [[null, 'x']] }],
  ['a=1,b=true', 'string', { a: '1', b: 'true' }],
  ['a=f.txt', 'file', { a: 'text of f.txt' }],
  ['a={"b":[1,2]},c[1]=[3],d=', 'json', { a: { b: [1, 2] }, c: [null, [3]], d: null }],
  ['a.b=x,y=[1]', 'literal', { a: { b: 'x,y=[1]' } }],
])('setValues of %j as %s', (text, kind, expected) => { expect(after(text, kind)).toEqual(expected); });

test.each([['a', 'key "a" has no value'], ['a,b=1', 'key "a" has no value (cannot end with ,)'], ['a={x', "list must terminate with '}'"], ['a[x]=1', 'error parsing index'], ['a[-1]=1', 'negative -1 index not allowed'], ['a[70000]=1', 'greater than maximum supported index'], [`${'a.'.repeat(31)}b=1`, 'nested level']])('setValues refuses %j', (text, message) => {
  expect(() => after(text)).toThrow(message);
});

test('a key __proto__ is a key like others', () => { expect(Object.keys(after('__proto__.x=1') as object)).toEqual(['__proto__']); expect(({} as { x?: unknown }).x).toBeUndefined(); });
