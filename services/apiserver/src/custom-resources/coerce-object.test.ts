import type { SchemaProps } from '@kubernode/apiextensions';
import { DecodeError, type JsonObject } from '@kubernode/apimachinery';
import { coerceObject, type CoercionOptions } from './coerce-object.ts';

const schema: SchemaProps = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string', default: 'd' as never }, n: { type: 'string', nullable: true }, m: { type: 'string' },
        pod: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
};

function coerced(object: JsonObject, options: Partial<CoercionOptions> = {}): [JsonObject, string[]] {
  const copy = structuredClone(object);
  return [copy, coerceObject(copy, { schema, keepsUnknown: false, ...options })];
}

describe('coerceObject', () => {
  test('drops what nobody knows and tells it: metadata, then the rest, then what is embedded', () => {
    expect(coerced({ kind: 'W', metadata: { name: 'x', odd: 1 }, zzz: 1, spec: { b: 1, pod: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', odd: 2 }, kept: 1 } } })).toEqual([
      { kind: 'W', metadata: { name: 'x' }, spec: { a: 'd', pod: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, kept: 1 } } },
      ['metadata.odd', 'spec.b', 'zzz', 'spec.pod.metadata.odd'],
    ]);
  });

  test('keeps unknown fields where the definition does, but not in metadata', () => {
    expect(coerced({ metadata: { odd: 1 }, zzz: 1 }, { keepsUnknown: true })).toEqual([{ metadata: {}, zzz: 1 }, ['metadata.odd']]);
  });

  test('keeps nulls where they may be, and puts defaults where they may not', () => {
    expect(coerced({ spec: { a: null, n: null, m: null } })[0]).toEqual({ spec: { a: 'd', n: null } });
    expect(coerced({ spec: {} }, { withoutDefaults: true })[0]).toEqual({ spec: {} });
    expect(coerced({ spec: { a: null, n: null, m: null } }, { keepsNulls: true })[0]).toEqual({ spec: { a: 'd', n: null, m: null } });
  });

  test.each<[string, JsonObject, string]>([
    ['labels', { metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string'],
    ['an embedded name', { spec: { pod: { metadata: { name: true } } } }, 'spec.pod.metadata: Invalid value: {"name":true}: json: cannot unmarshal bool into Go struct field ObjectMeta.name of type string'],
    ['an embedded kind', { spec: { pod: { kind: 1 } } }, 'spec.pod.kind: Invalid value: 1: must be a string'],
  ])('refuses %s of the wrong type, or drops it from what was stored', (_, object, message) => {
    expect(() => coerced(object)).toThrow(new DecodeError(message));
    expect(() => coerced(object, { dropsMalformed: true })).not.toThrow();
  });

  test('drops an embedded object\'s empty managedFields, but not the object\'s own', () => {
    const metadata = { name: 'x', managedFields: [] };
    expect(coerced({ metadata, spec: { pod: { metadata } } })[0]).toMatchObject({ metadata, spec: { pod: { metadata: { name: 'x' } } } });
    expect(coerced({ spec: { pod: { metadata } } })[0]).not.toHaveProperty('spec.pod.metadata.managedFields');
  });

  test('drops just the field that is malformed', () => {
    expect(coerced({ metadata: { name: 'x', labels: { a: 1 } } }, { dropsMalformed: true })[0]).toEqual({ metadata: { name: 'x' } });
  });
});
