import fc from 'fast-check';
import type { Json, JsonObject } from '../json.ts';
import type { KubeObject } from '../meta/kube-object.ts';
import type { Schema } from '../schema/schema.ts';
import { createFieldManager, type FieldManager } from './field-manager.ts';

const text: Schema = { type: 'string' };
const SCHEMAS: Readonly<Record<string, Schema>> = {
  Thing: { type: 'object', properties: { apiVersion: text, kind: text, metadata: { type: 'object', additionalProperties: true }, spec: { $ref: '#/components/schemas/Spec', default: {} }, open: {} } },
  Spec: {
    type: 'object', required: ['size', 'mode', 'items'],
    properties: {
      size: { type: 'integer' }, mode: text, pointer: { $ref: '#/components/schemas/Spec' }, labels: { type: 'object', additionalProperties: text },
      items: { type: 'array', items: { type: 'object', properties: { name: text, value: text } }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      whole: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
    },
  },
};

const newManager = (): FieldManager => createFieldManager({ kind: { group: '', version: 'v1', kind: 'Thing' }, schema: { $ref: '#/components/schemas/Thing' }, resolver: (name) => SCHEMAS[name] });
const leaf = fc.constantFrom<Json>(null, '', 'x', 0, 1, false, true);
const name = fc.constantFrom('a', 'b', '1:a', '{', 's');
const spec: fc.Arbitrary<JsonObject> = fc.record({
  size: fc.constantFrom(0, 3), mode: fc.constantFrom('', 'fast'), labels: fc.dictionary(name, fc.constantFrom('', 'v')), whole: fc.array(fc.constantFrom('p', 'q'), { maxLength: 2 }),
  items: fc.array(fc.record({ name, value: fc.constantFrom('', 'v') }, { requiredKeys: ['name'] }), { maxLength: 3 }), pointer: fc.record({ size: fc.constantFrom(0, 1) }, { requiredKeys: [] }),
}, { requiredKeys: [] });
const open = fc.letrec<{ any: Json }>((tie) => ({ any: fc.oneof({ maxDepth: 2 }, leaf, fc.array(tie('any'), { maxLength: 2 }), fc.dictionary(name, tie('any'), { maxKeys: 2 })) })).any;
const thing = fc.record({ spec, open }, { requiredKeys: [] });

describe('rememberedByShape', () => {
  const remembering = newManager();
  const created = (manager: FieldManager, fields: JsonObject): KubeObject => manager.update({ live: undefined, next: { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, ...fields }, manager: 'm', now: 0 });

  test('a manager that has seen many objects says what a new one says', () => {
    fc.assert(fc.property(thing, (fields) => {
      const fresh = createFieldManager({ kind: { group: '', version: 'v1', kind: 'Thing' }, schema: { $ref: '#/components/schemas/Thing' }, resolver: (wanted) => SCHEMAS[wanted] });
      expect(created(remembering, fields)).toEqual(created(fresh, fields));
    }), { numRuns: 1_000 });
  });

  test('objects of one shape share their set', () => {
    const [one, other] = [{ spec: { size: 1, labels: { a: 'x' } } }, { spec: { size: 2, labels: { a: 'y' } } }].map((fields) => created(remembering, fields).metadata.managedFields?.[0]?.fieldsV1 as Readonly<Record<string, unknown>>);
    expect(one).toEqual({ 'f:spec': { 'f:labels': { '.': {}, 'f:a': {} }, 'f:size': {} } });
    expect(one?.['f:spec']).toBe(other?.['f:spec']);
  });
});
