import { definitionFromStored } from './stored-definition.ts';

const schema = { openAPIV3Schema: { type: 'object' } };
const stored = (spec: object): Parameters<typeof definitionFromStored>[0] => ({ kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1beta1', metadata: { name: 'foos.ex.io' }, spec: { group: 'ex.io', ...spec } });

describe('definitionFromStored', () => {
  test('gives every version what they share', () => {
    expect(definitionFromStored(stored({
      version: 'v1', versions: [{ name: 'v1', served: true, storage: true }, { name: 'v2', served: true, storage: false }], validation: schema, subresources: { status: {} },
      additionalPrinterColumns: [{ name: 'Age', type: 'date', JSONPath: '.metadata.creationTimestamp' }], conversion: { strategy: 'None' }, preserveUnknownFields: false,
    }))['spec']).toEqual({
      group: 'ex.io', preserveUnknownFields: false, conversion: { strategy: 'None' },
      versions: ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === 'v1', schema, subresources: { status: {} }, additionalPrinterColumns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }] })),
    });
  });

  test('keeps what versions have of their own', () => {
    expect(definitionFromStored(stored({ version: 'v1', versions: [{ name: 'v1', served: true, storage: true, schema, additionalPrinterColumns: [{ name: 'A', type: 'string', JSONPath: '.a' }] }], preserveUnknownFields: false }))['spec']).toEqual({
      group: 'ex.io', preserveUnknownFields: false, versions: [{ name: 'v1', served: true, storage: true, schema, additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.a' }] }],
    });
  });

  test('knows the only version of definitions that list none, and that they kept unknown fields', () => {
    expect(definitionFromStored(stored({ version: 'v1' }))['spec']).toEqual({ group: 'ex.io', preserveUnknownFields: true, versions: [{ name: 'v1', served: true, storage: true }] });
  });

  test('renames the webhook of a conversion', () => {
    const webhook = { service: { namespace: 'a', name: 'b' } };
    expect(definitionFromStored(stored({ version: 'v1', conversion: { strategy: 'Webhook', webhookClientConfig: webhook, conversionReviewVersions: ['v1'] } }))['spec']).toMatchObject({ conversion: { strategy: 'Webhook', webhook: { clientConfig: webhook, conversionReviewVersions: ['v1'] } } });
  });

  test('leaves v1 alone', () => {
    const v1 = { ...stored({ versions: [] }), apiVersion: 'apiextensions.k8s.io/v1' };
    expect(definitionFromStored(v1)).toBe(v1);
  });
});
