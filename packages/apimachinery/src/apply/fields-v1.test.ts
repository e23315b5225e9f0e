import { fieldSetOf, pathsOf } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { keyElement, printPath, valueElement } from './path-element.ts';

describe('encodeFieldsV1', () => {
  test('sorts fields, keys by number, values and indices; marks owned parents', () => {
    const set = fieldSetOf(
      ['i:2'], [valueElement('b')], [valueElement(true)], [valueElement(10)], [valueElement(9)], ['f:z'], ['f:a', 'f:b'], ['f:a'],
      [keyElement([['port', 443]])], [keyElement([['port', 80]])], [keyElement([['name', 'x'], ['a', '<']])],
    );
    expect(Object.entries(encodeFieldsV1(set))).toEqual([
      ['f:a', { '.': {}, 'f:b': {} }], ['f:z', {}],
      ['k:{"a":"\\u003c","name":"x"}', {}], ['k:{"port":80}', {}], ['k:{"port":443}', {}],
      ['v:9', {}], ['v:10', {}], ['v:"b"', {}], ['v:true', {}], ['i:2', {}],
    ]);
  });
});

describe('decodeFieldsV1', () => {
  test('reads any spelling of keys and drops kinds it does not know', () => {
    const set = decodeFieldsV1({ 'f:l': { 'k:{"name":"x", "a":"<"}': { '.': {}, 'f:n': {} }, 'x:new': {} }, 'x:data': {}, 'f:n': null });
    expect(pathsOf(set).map(printPath)).toEqual(['.n', '.l[a="<",name="x"]', '.l[a="<",name="x"].n']);
  });

  test('an owned leaf is left where only unknown kinds stand below', () => {
    expect(encodeFieldsV1(decodeFieldsV1({ 'f:a': { 'x:b': {} } }))).toEqual({ 'f:a': {} });
  });

  test.each([{ a: {} }, { 'fa:': {} }, { f: {} }, { 'k:{': {} }, { 'k:[]': {} }, { 'v:x': {} }, { 'i:x': {} }, { 'f:a': 5 }, 'text', []])('refuses %j', (fields) => {
    expect(() => decodeFieldsV1(fields)).toThrow();
  });
});
