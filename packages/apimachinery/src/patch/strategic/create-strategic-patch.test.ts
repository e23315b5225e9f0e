import fc from 'fast-check';
import type { JsonObject } from '../../json.ts';
import type { Schema } from '../../schema/schema.ts';
import { createStrategicMergePatch } from './create-strategic-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const text: Schema = { type: 'string' };
const schemas: Record<string, Schema> = {
  Thing: { type: 'object', properties: {
    data: { type: 'object', additionalProperties: text }, replicas: { type: 'integer' }, args: { type: 'array', items: text },
    finalizers: { type: 'array', items: text, 'x-kubernetes-patch-strategy': 'merge' },
    volumes: { type: 'array', items: { $ref: '#/components/schemas/Volume' }, 'x-kubernetes-patch-strategy': 'merge,retainKeys', 'x-kubernetes-patch-merge-key': 'name' },
  } },
  Volume: { type: 'object', properties: { name: text, emptyDir: { type: 'object', additionalProperties: text }, secret: { type: 'object', additionalProperties: text } } },
};
const options = { schemaName: 'Thing', resolver: (name: string): Schema | undefined => schemas[name] };
const threeWay = (original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject => createStrategicMergePatch({ original, modified, current, ...options });

describe('createStrategicMergePatch', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject, JsonObject]>([
    ['nothing to do', { data: { a: '1' } }, { data: { a: '1' } }, { data: { a: '1', b: '2' } }, {}],
    ['adds, changes and removes', { data: { a: '1', b: '1' } }, { data: { a: '2', c: '3' } }, { data: { a: '1', b: '1', z: '9' } }, { data: { a: '2', b: null, c: '3' } }],
    ['replaces other lists', {}, { args: ['a'] }, { args: ['b'] }, { args: ['a'] }],
    ['scalars', { finalizers: ['a', 'b'] }, { finalizers: ['b', 'c'] }, { finalizers: ['x', 'a', 'b'] },
      { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['b', 'c'] }],
    ['elements by key, with the keys to retain', { volumes: [{ name: 'a', emptyDir: {} }, { name: 'b' }] }, { volumes: [{ name: 'a', secret: { s: '1' } }] }, { volumes: [{ name: 'a', emptyDir: {} }, { name: 'b' }] },
      { volumes: [{ name: 'a', secret: { s: '1' }, emptyDir: null, $retainKeys: ['name', 'secret'] }, { $patch: 'delete', name: 'b' }], '$setElementOrder/volumes': [{ name: 'a' }] }],
    ['order alone', {}, { volumes: [{ name: 'b' }, { name: 'a' }] }, { volumes: [{ name: 'a' }, { name: 'b' }] }, { '$setElementOrder/volumes': [{ name: 'b' }, { name: 'a' }] }],
  ])('%s', (_, original, modified, current, want) => {
    expect(threeWay(original, modified, current)).toEqual(want);
  });

  test('applied to the current object it makes the modified one', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    const source = fc.constantFrom<JsonObject>({ emptyDir: { m: '1' } }, { secret: { s: '1' } }, { secret: { s: '2', t: '1' } });
    const thing = fc.record({ data: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.string()), replicas: fc.nat(), finalizers: names, args: names, volumes: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), source), { minLength: 1 }) }, { requiredKeys: ['data', 'finalizers', 'volumes'] })
      .map(({ volumes, ...rest }): JsonObject => ({ ...rest, volumes: [...new Map(volumes)].map(([name, what]) => ({ name, ...what })) }));
    fc.assert(fc.property(thing, thing, (current, modified) => {
      expect(applyStrategicMergePatch(current, threeWay(current, modified, current), options)).toEqual(modified);
    }), { numRuns: 150 });
  });
});
