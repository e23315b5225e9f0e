import type { Json, JsonObject } from '../../json.ts';
import type { Schema } from '../../schema/schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const byKey = (key: string, name: string): Schema => ({ type: 'array', items: { $ref: `#/components/schemas/${name}` }, 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': key });
const texts = { type: 'array', items: { type: 'string' } } as const;
const map = { type: 'object', additionalProperties: { type: 'string' } } as const;
const schemas: Record<string, Schema> = {
  'example.v1.Thing': { type: 'object', properties: {
    labels: map,
    finalizers: { ...texts, 'x-kubernetes-patch-strategy': 'merge' },
    args: texts,
    containers: byKey('name', 'example.v1.Container'),
    rules: { type: 'array', items: { type: 'object', properties: {} } },
    strategy: { allOf: [{ $ref: '#/components/schemas/example.v1.Strategy' }], 'x-kubernetes-patch-strategy': 'retainKeys' },
    whole: { ...map, 'x-kubernetes-patch-strategy': 'replace' },
  } },
  'example.v1.Container': { type: 'object', properties: { name: { type: 'string' }, image: { type: 'string' }, env: byKey('name', 'example.v1.Container'), ports: byKey('containerPort', 'example.v1.Port') } },
  'example.v1.Port': { type: 'object', properties: { containerPort: { type: 'integer' }, protocol: { type: 'string' } } },
  'example.v1.Strategy': { type: 'object', properties: { type: { type: 'string' }, rollingUpdate: map } },
};
const apply = (document: JsonObject, patch: Json): JsonObject => applyStrategicMergePatch(document, patch, { schemaName: 'example.v1.Thing', resolver: (name) => schemas[name] });
const named = (...names: string[]): JsonObject[] => names.map((name) => ({ name }));

describe('applyStrategicMergePatch', () => {
  test.each<[string, JsonObject, Json, JsonObject]>([
    ['null is no patch', { labels: { a: '1' } }, null, { labels: { a: '1' } }],
    ['maps merge, null removes', { labels: { a: '1', b: '2' } }, { labels: { a: null, c: '3' } }, { labels: { b: '2', c: '3' } }],
    ['$patch replace of a map', { labels: { a: '1' } }, { labels: { $patch: 'replace', z: '3' } }, { labels: { z: '3' } }],
    ['$patch delete of a map leaves it empty', { labels: { a: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
    ['$patch of a map that is not there', {}, { labels: { $patch: 'delete' } }, {}],
    ['nulls of a new map are dropped', {}, { strategy: { type: 'x', rollingUpdate: null } }, { strategy: { type: 'x' } }],
    ['a map with the strategy replace', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
    ['a value of another type replaces', { labels: { a: '1' } }, { labels: 'x' }, { labels: 'x' }],
    ['lists without a strategy are replaced', { args: ['a', 'b'], rules: [{ a: 1 }] }, { args: ['z'], rules: [{ b: 1 }] }, { args: ['z'], rules: [{ b: 1 }] }],
    ['an element changes in its place', { containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'x' }] }, { containers: [{ name: 'b', image: 'n' }] }, { containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'n' }] }],
    ['a new element goes to the front', { containers: named('a', 'b') }, { containers: named('c') }, { containers: named('c', 'a', 'b') }],
    ['the order of the patch wins', { containers: named('a', 'b', 'c') }, { containers: named('c', 'a') }, { containers: named('b', 'c', 'a') }],
    ['an element is deleted by its key', { containers: named('a', 'b') }, { containers: [{ name: 'b', $patch: 'delete' }, { name: 'no', $patch: 'delete' }] }, { containers: named('a') }],
    ['$patch replace of a list', { containers: named('a', 'b') }, { containers: [{ $patch: 'replace' }, { name: 'z' }] }, { containers: named('z') }],
    ['a replaced list may end empty', { containers: named('a') }, { containers: [{ $patch: 'replace' }] }, { containers: [] }],
    ['elements with a directive never enter a new list', {}, { containers: [{ name: 'a' }, { name: 'b', $patch: 'delete' }] }, { containers: named('a') }],
    ['lists inside elements', { containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }] },
      { containers: [{ name: 'a', ports: [{ containerPort: 53, protocol: 'TCP' }, { containerPort: 443 }] }] },
      { containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'TCP' }, { containerPort: 443 }] }] }],
    ['scalars merge as a set, the patch first', { finalizers: ['a', 'b'] }, { finalizers: ['c', 'a'] }, { finalizers: ['c', 'a', 'b'] }],
    ['$deleteFromPrimitiveList', { finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['b', 'zz'] }, { finalizers: ['a'] }],
    ['out and in at once', { finalizers: ['c', 'a'] }, { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['d'] }, { finalizers: ['d', 'c'] }],
    ['$deleteFromPrimitiveList of a list that is not there', {}, { '$deleteFromPrimitiveList/finalizers': ['b'] }, {}],
    ['$deleteFromPrimitiveList of a map means nothing', { labels: { a: '1' } }, { '$deleteFromPrimitiveList/labels': ['a'] }, { labels: { a: '1' } }],
    ['$setElementOrder', { containers: named('a', 'b') }, { '$setElementOrder/containers': named('b', 'm', 'a'), containers: [{ name: 'm' }] }, { containers: named('b', 'm', 'a') }],
    ['$setElementOrder alone sorts', { finalizers: ['a', 'b', 'c'] }, { '$setElementOrder/finalizers': ['c', 'a'] }, { finalizers: ['b', 'c', 'a'] }],
    ['$setElementOrder with a deleted one', { containers: named('m', 'b', 'a') }, { '$setElementOrder/containers': named('a', 'b'), containers: [{ name: 'm', $patch: 'delete' }] }, { containers: named('a', 'b') }],
    ['$setElementOrder with one that takes the place of a deleted one', { containers: named('a', 'b', 'z') }, { '$setElementOrder/containers': named('b', 'c', 'd'), containers: [...named('c', 'd'), { name: 'a', $patch: 'delete' }] }, { containers: named('b', 'z', 'c', 'd') }],
    ['$setElementOrder with a new one and none deleted', { containers: named('a', 'z') }, { '$setElementOrder/containers': named('a', 'c'), containers: named('c') }, { containers: named('a', 'c', 'z') }],
    ['$setElementOrder of a new list', {}, { '$setElementOrder/containers': named('b', 'a'), containers: named('b', 'a') }, { containers: named('b', 'a') }],
    ['$retainKeys drops the others', { strategy: { type: 'R', rollingUpdate: { a: '1' } } }, { strategy: { $retainKeys: ['type'], type: 'x' } }, { strategy: { type: 'x' } }],
  ])('%s', (_, document, patch, want) => {
    const before = structuredClone({ document, patch });
    expect(apply(document, patch)).toEqual(want);
    expect({ document, patch }).toEqual(before);
  });

  test.each<[string, Json, object]>([
    ['an unknown directive', { labels: { $patch: 'twist', v: '1' } }, { code: 500, reason: undefined, message: 'unknown patch type: twist in map: map[$patch:twist v:1]' }],
    ['a directive of the wrong type', { labels: { $patch: 5 } }, { code: 500, message: 'unknown patch type: %!s(int64=5) in map: map[$patch:5]' }],
    ['an element without its key', { containers: [{ image: 'new' }] }, { code: 500, message: 'map: map[image:new] does not contain declared merge key: name' }],
    ['an order that lacks an element', { '$setElementOrder/containers': named('b'), containers: [{ name: 'a', image: 'q' }] }, { code: 500, message: "The order in patch list:\n[map[image:q name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n" }],
    ['$patch merge of a list', { containers: [{ name: 'a', $patch: 'merge' }] }, { code: 500, message: 'merging lists cannot yet be specified in the patch' }],
    ['$retainKeys that lacks a key of the patch', { strategy: { $retainKeys: ['rollingUpdate'], type: 'x' } }, { code: 400, reason: 'BadRequest', message: 'invalid patch format of retainKeys' }],
    ['$deleteFromPrimitiveList without a key', { $deleteFromPrimitiveList: ['x'] }, { code: 400, message: 'invalid patch format of primitive list' }],
    ['an order that is no list', { '$setElementOrder/containers': 'x' }, { code: 500, message: 'expected a []interface {}, but received a string' }],
    ['an order of an unknown field', { '$setElementOrder/nothing': ['x'] }, { code: 500, message: 'unable to find api field in struct Thing for the json field "nothing"' }],
    ['elements of two types', { finalizers: [{ a: 1 }] }, { code: 500, message: 'list element types are not identical: [[f] [map[a:1]]]' }],
    ['a list', [], { code: 400, message: 'json: cannot unmarshal array into Go value of type map[string]interface {}' }],
  ])('refuses %s', (_, patch, want) => {
    const document: JsonObject = { labels: { a: '1' }, finalizers: ['f'], containers: named('a', 'b'), strategy: { type: 'R' } };
    expect(() => apply(document, patch)).toThrow(expect.objectContaining(want));
  });

  test('merges long lists in linear time', () => {
    const many = named(...Array.from({ length: 20_000 }, (_, index) => `c${index}`));
    const merged = apply({ containers: many }, { '$setElementOrder/containers': [...many].reverse(), containers: [...many].reverse() });
    expect((merged['containers'] as JsonObject[])[0]).toEqual({ name: 'c19999' }); // the schema says list
  });
});
