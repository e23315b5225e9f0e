import type { apiextensionsV1 } from '@kubernode/api';
import type { SchemaProps } from '../structural/schema-parts.ts';
import { defaultDefinition, recordStoredVersion } from './definition-defaults.ts';
import { unknownFormats, validateDefinition } from './validate-definition.ts';

type Definition = apiextensionsV1.CustomResourceDefinition;

const version = (more: Partial<apiextensionsV1.CustomResourceDefinitionVersion> = {}): apiextensionsV1.CustomResourceDefinitionVersion => ({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } }, ...more });

function definition(spec: Partial<Definition['spec']> = {}, metadata: Partial<Definition['metadata']> = {}): Definition {
  const made: Definition = {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com', ...metadata },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [version()], ...spec },
  };
  defaultDefinition(made);
  recordStoredVersion(made);
  return made;
}

const shown = (of: Definition, old?: Definition): string[] => validateDefinition(of, () => [], old).map(({ field, message }) => `${field}: ${message}`);
const ofSchema = (schema: SchemaProps): string[] => shown(definition({ versions: [version({ schema: { openAPIV3Schema: { type: 'object', properties: { f: schema } } } })] })).map((fault) => fault.replaceAll('spec.validation.openAPIV3Schema.properties[f]', 'f'));

test('names that are left out follow from the kind', () => {
  expect(definition().spec.names).toEqual({ plural: 'widgets', kind: 'Widget', singular: 'widget', listKind: 'WidgetList' });
  expect(definition().spec.conversion).toEqual({ strategy: 'None' });
  expect(definition().status?.storedVersions).toEqual(['v1']);
  expect(shown(definition())).toEqual([]);
});

test.each<[Partial<Definition['spec']>, string[]]>([
  [{ group: 'nodot' }, ['spec.group: Invalid value: "nodot": should be a domain with at least one dot']],
  [{ scope: 'World' }, ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"']],
  [{ preserveUnknownFields: true }, ['spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead']],
  [{ versions: [version({ deprecationWarning: 'x' })] }, ['spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions']],
  [{ versions: [{ name: 'v1', served: true, storage: true }] }, ['spec.versions[0].schema.openAPIV3Schema: Required value']],
  [{ versions: [version({ additionalPrinterColumns: [{ name: 'A', type: 'thing', jsonPath: '.spec' }] })] }, ['spec.additionalPrinterColumns[0].type: Invalid value: "thing": must be one of boolean,date,integer,number,string']],
  [{ versions: [version({ subresources: { scale: { specReplicasPath: '.status.n', statusReplicasPath: '.status.n' } } })] }, ['spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec']],
  [{ conversion: { strategy: 'Webhook' } }, ['spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook', 'spec.conversion.conversionReviewVersions: Required value']],
])('%j', (spec, faults) => {
  expect(shown(definition(spec))).toEqual(faults);
});

test('parts that differ between versions are told by version', () => {
  const bad = version({ name: 'v2', storage: false, schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } });
  expect(shown(definition({ versions: [version(), bad] }))).toEqual(['spec.versions[1].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields']);
});

test.each<[SchemaProps, string[]]>([
  [{}, ['f.type: Required value: must not be empty for specified object fields']],
  [{ type: 'array' }, ['f.items: Required value: must be specified']],
  [{ type: 'string', pattern: '[' }, ['f.pattern: Invalid value: "[": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ]: `[`']],
  [{ type: 'string', anyOf: [{ type: 'string' }] }, ['f.anyOf[0].type: Forbidden: must be empty to be structural']],
  [{ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, []],
  [{ type: 'integer', default: 'x' as never }, ['f.default: Invalid value: "string":  in body must be of type integer: "string"']],
  [{ type: 'object', properties: { a: { type: 'string' } }, default: { b: 1 } as never }, ['f.default: Invalid value: {"b":1}: must not have unknown fields']],
  [{ type: 'array', items: { type: 'string' } as never, 'x-kubernetes-list-type': 'bag' }, ['f.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"']],
  [{ type: 'array', items: { type: 'object', properties: { k: { type: 'string' } } } as never, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    ['f.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property']],
  [{ type: 'string', maxLength: 5, 'x-kubernetes-validations': [{ rule: 'true', optionalOldSelf: true }] }, ['f.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule']],
  [{ type: 'array', maxItems: 3, items: { type: 'string', maxLength: 5, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } as never },
    ['f.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within f']],
])('%j', (schema, faults) => {
  expect(ofSchema(schema)).toEqual(faults);
});

test('rules that can cost too much are refused, but not again when nothing changed', () => {
  const schema: SchemaProps = { type: 'array', items: { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 100 } } as never, maxItems: 1000, 'x-kubernetes-validations': [{ rule: 'self.all(x, x.all(y, y.contains("a")))' }] };
  const costly = definition({ versions: [version({ schema: { openAPIV3Schema: { type: 'object', properties: { f: schema } } } })] });
  expect(shown(costly)).toEqual([expect.stringMatching(/rule: Forbidden: estimated rule cost exceeds budget by factor of \d\.\dx/)]);
  expect(shown(costly, costly)).toEqual([]);
});

test('scope and kind stay once the resource is served, group and plural always', () => {
  const served = { ...definition(), status: { storedVersions: ['v1'], conditions: [{ type: 'Established', status: 'True' }] } };
  expect(shown(definition({ scope: 'Cluster' }), served)).toEqual(['spec.scope: Invalid value: "Cluster": field is immutable']);
  expect(shown(definition({ scope: 'Cluster' }), definition())).toEqual([]);
});

test('formats without effect are found', () => {
  const of = definition({ versions: [version({ schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'string', format: 'odd' }, b: { type: 'string', format: 'ipv4' } } } } })] });
  expect(unknownFormats(of, (_type, format) => format === 'ipv4')).toEqual(['odd']);
});
