import type { Json, JsonObject } from '@kubernode/apimachinery';
import type { SchemaProps } from '../structural/schema-parts.ts';
import { applyDefaults, dropUnwantedNulls } from './defaults.ts';
import { validateEmbeddedObjects } from './embedded-objects.ts';
import { validateListTypes } from './list-types.ts';
import { pruneObject } from './prune.ts';
import { validateObject } from './validate-value.ts';

const spec = (properties: Record<string, SchemaProps>): SchemaProps => ({ type: 'object', properties: { spec: { type: 'object', properties } } });
const faults = (schema: SchemaProps, object: JsonObject, old?: JsonObject): string[] => validateObject(object, schema, old).map(({ field, message }) => `${field}: ${message}`);

describe('prune', () => {
  test.each<[string, SchemaProps, Json, Json, string[]]>([
    ['unknown fields go', spec({ a: { type: 'string' } }), { spec: { a: 'x', b: 1 }, c: {} }, { spec: { a: 'x' } }, ['c', 'spec.b']],
    ['metadata stays at the root', { type: 'object' }, { apiVersion: 'v1', kind: 'K', metadata: { x: 1 } }, { apiVersion: 'v1', kind: 'K', metadata: { x: 1 } }, []],
    ['metadata below goes', spec({}), { spec: { metadata: {} } }, { spec: {} }, ['spec.metadata']],
    ['what is kept unknown stays, what is known in it is looked into', spec({ raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { o: { type: 'object' } } } }),
      { spec: { raw: { any: 1, o: { gone: 1 } } } }, { spec: { raw: { any: 1, o: {} } } }, ['spec.raw.o.gone']],
    ['items and keys', spec({ l: { type: 'array', items: { type: 'object' } as never }, m: { type: 'object', additionalProperties: { type: 'object' } as never } }),
      { spec: { l: [{ x: 1 }], m: { k: { y: 1 } } } }, { spec: { l: [{}], m: { k: {} } } }, ['spec.l[0].x', 'spec.m.k.y']],
    ['embedded objects keep their metadata', spec({ t: { type: 'object', 'x-kubernetes-embedded-resource': true } }), { spec: { t: { kind: 'P', metadata: {}, z: 1 } } }, { spec: { t: { kind: 'P', metadata: {} } } }, ['spec.t.z']],
  ])('%s', (_name, schema, object, pruned, removed) => {
    const copy = structuredClone(object) as JsonObject; // each row is an object
    expect(pruneObject(copy, schema)).toEqual(removed);
    expect(copy).toEqual(pruned);
  });

  test('a key called __proto__ is a key like any other', () => {
    const object = JSON.parse('{"spec":{"__proto__":{"polluted":true}}}') as JsonObject; // made here
    expect(pruneObject(object, spec({}))).toEqual(['spec.__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('defaults', () => {
  const schema = spec({ a: { type: 'string', default: 'x' as never }, o: { type: 'object', default: {} as never, properties: { n: { type: 'integer', default: 3 as never } } }, z: { type: 'string', nullable: true, default: 'y' as never } });

  test.each<[string, Json, Json]>([
    ['missing fields are filled, defaults of defaults too', { spec: {} }, { spec: { a: 'x', o: { n: 3 }, z: 'y' } }],
    ['what is there stays', { spec: { a: 'b', o: { n: 4 }, z: null } }, { spec: { a: 'b', o: { n: 4 }, z: null } }],
    ['a null where none may be is missing', { spec: { a: null } }, { spec: { a: 'x', o: { n: 3 }, z: 'y' } }],
    ['nothing is made above a default', {}, {}],
  ])('%s', (_name, object, defaulted) => {
    const copy = structuredClone(object);
    applyDefaults(copy, schema);
    expect(copy).toEqual(defaulted);
  });

  test('a default is never shared', () => {
    const [one, two]: Record<string, Record<string, JsonObject>>[] = [{ spec: {} }, { spec: {} }];
    applyDefaults(one ?? {}, schema);
    Object.assign(one?.['spec']?.['o'] ?? {}, { n: 99 });
    applyDefaults(two ?? {}, schema);
    expect(two?.['spec']?.['o']).toEqual({ n: 3 });
  });

  test('nulls without a default go', () => {
    const object = { spec: { a: null, q: null, o: { n: null } } };
    dropUnwantedNulls(object, spec({ q: { type: 'string' }, a: { type: 'string', default: 'x' as never }, o: { type: 'object', properties: { n: { type: 'integer' } } } }));
    expect(object).toEqual({ spec: { a: null, o: {} } });
  });
});

describe('faults', () => {
  test.each<[SchemaProps, Json, string[]]>([
    [{ type: 'integer' }, 'x', ['spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"']],
    [{ type: 'string' }, null, ['spec.f: Invalid value: "null": spec.f in body must be of type string: "null"']],
    [{ type: 'string', nullable: true }, null, []],
    [{ 'x-kubernetes-int-or-string': true }, 1.5, ['spec.f: Invalid value: "number": spec.f in body must be of type integer,string: "number"']],
    [{ type: 'integer', maximum: 5 }, 6, ['spec.f: Invalid value: 6: spec.f in body should be less than or equal to 5']],
    [{ type: 'integer', minimum: 5, exclusiveMinimum: true }, 5, ['spec.f: Invalid value: 5: spec.f in body should be greater than 5']],
    [{ type: 'number', multipleOf: 0.1 }, 0.25, ['spec.f: Invalid value: 0.25: spec.f in body should be a multiple of 0.1']],
    [{ type: 'string', maxLength: 2 }, 'abc', ['spec.f: Too long: may not be more than 2 bytes']],
    [{ type: 'string', minLength: 4 }, 'abc', ['spec.f: Invalid value: "abc": spec.f in body should be at least 4 chars long']],
    [{ type: 'string', pattern: '^[0-9]+$' }, 'x', ["spec.f: Invalid value: \"x\": spec.f in body should match '^[0-9]+$'"]],
    [{ type: 'string', enum: ['a', 'b'] as never }, 'c', ['spec.f: Unsupported value: "c": supported values: "a", "b"']],
    [{ type: 'string', format: 'ipv4' }, 'x', ['spec.f: Invalid value: "x": spec.f in body must be of type ipv4: "x"']],
    [{ type: 'string', format: 'nonsense' }, 'x', []],
    [{ type: 'array', minItems: 1, items: { type: 'string' } as never }, [], ['spec.f: Invalid value: 0: spec.f in body should have at least 1 items']],
    [{ type: 'array', maxItems: 1, items: { type: 'string' } as never }, ['a', 'b'], ['spec.f: Too many: 2: must have at most 1 item']],
    [{ type: 'object', required: ['k'] }, {}, ['spec.f.k: Required value']],
    [{ type: 'string', oneOf: [{ minLength: 2 }, { maxLength: 9 }] }, 'abc', ['<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives']],
    [{ type: 'string', not: { enum: ['a'] as never } }, 'a', ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)']],
  ])('%j of %j', (schema, value, expected) => {
    expect(faults(spec({ f: schema }), { spec: { f: value } })).toEqual(expected);
  });

  test('a missing field of the root', () => {
    expect(faults({ type: 'object', required: ['spec'] }, {})).toEqual(['spec: Required value']);
  });

  test('what was wrong before and did not change is no fault', () => {
    const schema = spec({ a: { type: 'string', maxLength: 3 }, b: { type: 'string' } });
    expect(faults(schema, { spec: { a: 'long', b: 'new' } }, { spec: { a: 'long' } })).toEqual([]);
    expect(faults(schema, { spec: { a: 'longer' } }, { spec: { a: 'long' } })).toEqual(['spec.a: Too long: may not be more than 3 bytes']);
  });
});

describe('lists', () => {
  const keyed: SchemaProps = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name', 'proto'], items: { type: 'object' } as never };

  test.each<[SchemaProps, Json, string[]]>([
    [{ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } as never }, ['a', 'b', 'a', 'a'], ['spec.f[2]: Duplicate value: "a"']],
    [keyed, [{ name: 'x', proto: 'TCP' }, { name: 'x', proto: 'UDP' }], []],
    [keyed, [{ name: 'x' }, { name: 'x', port: 2 }], ['spec.f[1]: Duplicate value: {"name":"x"}']],
    [keyed, ['x'], ['spec.f[0]: Invalid value: "x": must be an object for an array of list-type map']],
  ])('%j', (schema, value, expected) => {
    expect(validateListTypes({ spec: { f: value } }, spec({ f: schema })).map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  });
});

test('embedded objects have a kind, a version and metadata', () => {
  const schema = spec({ t: { type: 'object', 'x-kubernetes-embedded-resource': true } });
  const fieldsOf = (t: Json): string[] => validateEmbeddedObjects({ spec: { t } }, schema).map(({ field }) => field);
  expect(fieldsOf({})).toEqual(['spec.t.apiVersion', 'spec.t.kind']);
  expect(fieldsOf({ apiVersion: 'a/b/c', kind: 'p q', metadata: { labels: { 'a b': 'c' } } })).toEqual(['spec.t.apiVersion', 'spec.t.kind', 'spec.t.metadata.labels']);
  expect(fieldsOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } })).toEqual([]);
});
