import { schemaSet, type SchemaSetOptions } from './compile-schema.ts';
import type { GoFields } from './go-fields.ts';
import type { Schema } from './schema.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

const schemas: Record<string, Schema> = {
  [QUANTITY]: {}, [TIME]: { type: 'string' }, [INT_OR_STRING]: {},
  'test.v1.Ship': {
    type: 'object',
    properties: {
      kind: { type: 'string' },
      metadata: { allOf: [ref('test.v1.Meta')], default: {} },
      data: { type: 'object', additionalProperties: { type: 'string' } },
      bytes: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
      spec: { allOf: [ref('test.v1.ShipSpec')], default: {} },
    },
  },
  'test.v1.Meta': { type: 'object', properties: { name: { type: 'string' }, born: { allOf: [ref(TIME)] }, labels: { type: 'object', additionalProperties: { type: 'string' } } } },
  'test.v1.ShipSpec': {
    type: 'object', required: ['masts'],
    properties: {
      replicas: { type: 'integer', format: 'int32' },
      paused: { type: 'boolean' },
      anchored: { type: 'boolean' },
      masts: { type: 'array', items: ref('test.v1.Mast') },
      load: { type: 'object', additionalProperties: ref(QUANTITY) },
      share: { allOf: [ref(INT_OR_STRING)] },
      hold: { allOf: [ref('test.v1.Hold')] },
    },
  },
  'test.v1.Mast': { type: 'object', required: ['name'], properties: { name: { type: 'string', default: '' }, wood: { type: 'string', default: 'oak' }, height: { type: 'integer', format: 'int64' } } },
  'test.v1.Hold': { type: 'object', properties: { note: { type: 'string' } } },
};
const facts: Record<string, GoFields> = {
  'test.v1.Ship': { always: { metadata: {}, spec: {} } },
  'test.v1.ShipSpec': { omit: ['paused'], always: { masts: null }, types: { load: 'v1.Load' } },
  'test.v1.Mast': { omit: ['wood', 'height'], always: { name: '' } },
};
const ship = schemaSet({ resolve: (name) => schemas[name], goFields: (name) => facts[name] })('test.v1.Ship');
const normalise = (object: unknown): unknown => ship?.normalise(object).object;

describe('normalise', () => {
  test.each<[string, unknown, unknown]>([
    ['writes empty structs and required lists', {}, { metadata: {}, spec: { masts: null } }],
    ['takes null for the empty object', null, { metadata: {}, spec: { masts: null } }],
    ['leaves out zero values, keeps those of pointers', { spec: { paused: false, anchored: false, replicas: 0 } }, { metadata: {}, spec: { anchored: false, replicas: 0, masts: null } }],
    ['leaves out empty maps and makes empty required lists null', { data: {}, spec: { masts: [], hold: {} } }, { metadata: {}, spec: { masts: null, hold: {} } }],
    ['resolves nulls', { data: { a: null }, metadata: null, spec: { replicas: null, masts: [null], load: { cpu: null } } }, { data: { a: '' }, metadata: {}, spec: { masts: [{ name: '', wood: 'oak' }], load: { cpu: '0' } } }],
    ['sets defaults of schemas', { spec: { masts: [{ name: 'fore' }, { name: 'main', wood: 'pine' }] } }, { metadata: {}, spec: { masts: [{ name: 'fore', wood: 'oak' }, { name: 'main', wood: 'pine' }] } }],
    ['writes quantities and times in their own form', { metadata: { born: '2024-01-01T01:00:00.5+01:00' }, spec: { load: { cpu: 0.5, memory: '1024Ki' }, share: '25%' } }, { metadata: { born: '2024-01-01T00:00:00Z' }, spec: { load: { cpu: '500m', memory: '1Mi' }, share: '25%', masts: null } }],
    ['drops unknown fields', { Data: { a: 'b' }, spec: { foo: 1 } }, { metadata: {}, spec: { masts: null } }],
    ['takes __proto__ for a key', JSON.parse('{"data":{"__proto__":"x"}}'), JSON.parse('{"data":{"__proto__":"x"},"metadata":{},"spec":{"masts":null}}')],
  ])('%s', (_, given, expected) => {
    expect(normalise(given)).toEqual(expected);
    expect(normalise(normalise(given))).toEqual(expected);
  });

  test('reports unknown fields in document order, only when asked', () => {
    const object = { spec: { masts: [{ name: 'a', sail: 1 }, { flag: {} }], foo: 1 }, extra: 1 };
    expect(ship?.normalise(object, { report: 'collect' }).unknownFields).toEqual(['spec.masts[0].sail', 'spec.masts[1].flag', 'spec.foo', 'extra']);
    expect(ship?.normalise(object).unknownFields).toEqual([]);
  });

  test.each<[unknown, string]>([
    [{ data: { k: {} } }, 'json: cannot unmarshal object into Go struct field Ship.data of type string'],
    [{ data: [] }, 'json: cannot unmarshal array into Go struct field Ship.data of type map[string]string'],
    [{ metadata: { name: 5 } }, 'json: cannot unmarshal number into Go struct field Meta.metadata.name of type string'],
    [{ metadata: 'a' }, 'json: cannot unmarshal string into Go struct field Ship.metadata of type v1.Meta'],
    [{ spec: { replicas: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field ShipSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 4294967296 } }, 'json: cannot unmarshal number 4294967296 into Go struct field ShipSpec.spec.replicas of type int32'],
    [{ spec: { masts: { name: 'x' } } }, 'json: cannot unmarshal object into Go struct field ShipSpec.spec.masts of type []v1.Mast'],
    [{ spec: { masts: [{ height: 'x' }] } }, 'json: cannot unmarshal string into Go struct field Mast.spec.masts.height of type int64'],
    [{ spec: { masts: [{}, 'x'] } }, 'json: cannot unmarshal string into Go struct field ShipSpec.spec.masts of type v1.Mast'],
    [{ spec: { load: [] } }, 'json: cannot unmarshal array into Go struct field ShipSpec.spec.load of type v1.Load'],
    [{ bytes: { k: '***' } }, 'illegal base64 data at input byte 0'],
    [{ metadata: { born: 'yesterday' } }, 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    [{ spec: { share: true } }, 'json: cannot unmarshal bool into Go struct field ShipSpec.spec.share of type int32'],
    [{ data: 1, spec: { share: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field ShipSpec.spec.share of type int32'],
    [{ data: 1, spec: { load: { cpu: 'lots' } } }, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
  ])('refuses %j', (object, message) => {
    expect(() => normalise(object)).toThrow(message);
  });

  test('without facts writes what the schema requires', () => {
    expect(schemaSet({ resolve: (name) => schemas[name] })('test.v1.ShipSpec')?.normalise({ paused: false }).object).toEqual({ paused: false, masts: null });
  });

  test('an empty list is absent, unless it means something else, which it may only in the object itself', () => {
    const sets: Record<string, Schema> = {
      'test.v1.Fleet': { type: 'object', properties: { metadata: { $ref: 'test.v1.Log' }, template: { $ref: 'test.v1.Fleet' }, ships: { type: 'array', items: { $ref: 'test.v1.Fleet' } } } },
      'test.v1.Log': { type: 'object', properties: { notes: { type: 'array', items: { type: 'string' } } } },
    };
    const compiled = (keepsEmpty: SchemaSetOptions['keepsEmpty']) => schemaSet({ resolve: (name) => sets[name], goFields: () => ({}), ...(keepsEmpty && { keepsEmpty }) });
    const [metadata, bare] = [{ notes: [] }, { metadata: {} }];
    const fleet = { metadata, template: { metadata }, ships: [{ metadata }] };
    const made = (set: ReturnType<typeof compiled>): unknown[] => [set('test.v1.Fleet')?.normalise(fleet).object, set('test.v1.Log')?.normalise(metadata).object];
    expect(made(compiled(undefined))).toEqual([{ ...bare, template: bare, ships: [bare] }, {}]);
    expect(made(compiled(new Map([['test.v1.Log.notes', 'everywhere']])))).toEqual([fleet, metadata]);
    expect(made(compiled(new Map([['test.v1.Log.notes', 'inTheObjectItself']])))).toEqual([{ metadata, template: bare, ships: [bare] }, metadata]);
  });
});
