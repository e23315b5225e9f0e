import type { Schema } from '@kubernode/apimachinery';
import type { OfferedResource } from '../discovery/served-api.ts';
import { customSchemas, type DocumentVersion } from './custom-schemas.ts';

const PRESERVE = { 'x-kubernetes-preserve-unknown-fields': true } as const;
const META: Record<string, Schema> = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] } };

function published(customSchema: Schema | undefined, version: DocumentVersion, more: Partial<OfferedResource> = {}): Schema | undefined {
  const resource: OfferedResource = { group: 'example.com', version: 'v1', resource: 'widgets', singular: 'widget', kind: 'Widget', namespaced: true, custom: true, verbs: [], ...(customSchema && { customSchema }), ...more };
  const { 'x-kubernetes-group-version-kind': kind, ...rest } = customSchemas([resource], version)['com.example.v1.Widget'] ?? {};
  expect(kind).toEqual([{ group: 'example.com', version: 'v1', kind: 'Widget' }]);
  return rest;
}

describe('customSchemas', () => {
  it.each<[string, Schema | undefined, DocumentVersion, Schema]>([
    ['no schema', undefined, 'v3', { type: 'object' }],
    ['any fields, for older readers', { type: 'object', ...PRESERVE, properties: { spec: { type: 'object' } } }, 'v2', { type: 'object' }],
    ['any fields', { type: 'object', ...PRESERVE }, 'v3', { type: 'object', ...PRESERVE, properties: META }],
    ['a schema', { type: 'object', required: ['spec'], properties: { spec: { type: 'object' } } }, 'v2', { type: 'object', required: ['spec'], properties: { spec: { type: 'object' }, ...META } }],
    ['any fields inside, for older readers', { type: 'object', properties: { spec: { type: 'object', ...PRESERVE, properties: { a: { type: 'string' } } } } }, 'v2', { type: 'object', properties: { spec: PRESERVE, ...META } }],
    ['what may be null, for older readers', { type: 'object', required: ['a', 'b'], properties: { a: { type: 'object', nullable: true, properties: { c: { type: 'string' } } }, b: { type: 'string' } } }, 'v2', { type: 'object', required: ['b'], properties: { a: {}, b: { type: 'string' }, ...META } }],
    ['junctors, for older readers', { type: 'object', properties: { a: { type: 'array', items: { type: 'string', oneOf: [{ type: 'string' }] } } } }, 'v2', { type: 'object', properties: { a: { type: 'array', items: { type: 'string' } }, ...META } }],
    ['a list of anything, for older readers', { type: 'object', properties: { a: { type: 'array', nullable: true, items: { type: 'string' } } } }, 'v2', { type: 'object', properties: { a: {}, ...META } }],
    ['an object inside', { type: 'object', properties: { t: { type: 'object', 'x-kubernetes-embedded-resource': true, required: ['kind'] } } }, 'v3', { type: 'object', properties: { t: { type: 'object', 'x-kubernetes-embedded-resource': true, required: ['kind', 'apiVersion'], properties: META }, ...META } }],
    ['an object with any fields inside, for older readers', { type: 'object', properties: { t: { type: 'object', ...PRESERVE, 'x-kubernetes-embedded-resource': true } } }, 'v2', { type: 'object', properties: { t: { ...PRESERVE, 'x-kubernetes-embedded-resource': true }, ...META } }],
  ])('publishes %s', (_what, schema, version, expected) => { expect(published(schema, version)).toEqual(expected); });

  it('tells by which fields objects can be selected', () => {
    expect(published({ type: 'object' }, 'v3', { selectableFields: ['spec.color'] })).toMatchObject({ 'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.color' }] });
  });
});
