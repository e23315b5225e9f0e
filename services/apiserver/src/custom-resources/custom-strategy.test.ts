import type { SchemaProps } from '@kubernode/apiextensions';
import type { KubeObject } from '@kubernode/apimachinery';
import type { StrategyContext } from '../registry/strategy.ts';
import { customStrategy } from './custom-strategy.ts';
import { finalizerWarnings } from './finalizer-warnings.ts';

const schema: SchemaProps = {
  type: 'object',
  properties: {
    spec: { type: 'object', required: ['n'], properties: { n: { type: 'integer' }, set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' } }, 'x-kubernetes-validations': [{ rule: 'self.n < 10', message: 'too much' }] },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
};
const kind = { group: 'example.com', version: 'v1', kind: 'Widget' };
const strategy = customStrategy({ kind, namespaced: true, schema, scale: undefined, selectableFields: undefined });
const context = (subresource = ''): StrategyContext => ({ user: { name: 'u', uid: '', groups: [], extra: {} }, subresource, now: 0 });
const widget = (fields: object, metadata: object = {}): KubeObject => ({ kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'w', namespace: 'd', uid: 'u', resourceVersion: '1', ...metadata }, ...fields });
const texts = (faults: readonly { field: string; message: string }[] | undefined): string[] => (faults ?? []).map(({ field, message }) => `${field}: ${message}`);

describe('the strategy of a custom resource', () => {
  test.each<[string, KubeObject, string[]]>([
    ['nothing of what is right', widget({ spec: { n: 1 } }), []],
    ['another kind, and nothing of its fields', { ...widget({ spec: { n: 1, odd: 1 }, status: { phase: 1 } }), kind: 'Gadget' }, ['kind: Invalid value: "Gadget": must be Widget']],
    ['what a rule finds', widget({ spec: { n: 10 } }), ['spec: Invalid value: too much']],
    ['that rules were not run where a field is missing', widget({ spec: {} }), ['spec.n: Required value', '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation']],
    ['values that stand twice in a set', widget({ spec: { n: 1, set: ['a', 'a'] } }), ['spec.set[1]: Duplicate value: "a"']],
  ])('says %s', (_, object, faults) => {
    expect(texts(strategy.validate?.(object))).toEqual(faults);
  });

  test('judges what an update changes, and warns of what was wrong before and stays', () => {
    const old = widget({ spec: { n: 10, set: ['a', 'a'] }, status: { phase: 1 } });
    const relabelled = widget({ spec: { n: 10, set: ['a', 'a'] }, status: { phase: 1 } }, { labels: { l: 'v' } });
    expect(texts(strategy.validateUpdate?.(relabelled, old, context()))).toEqual([]);
    expect(strategy.warnings?.(relabelled, old, context())).toEqual(['spec: Invalid value: too much']);
    expect(texts(strategy.validateUpdate?.(widget({ spec: { n: 'y' } }), old, context()))).toContain('spec.n: Invalid value: "string": spec.n in body must be of type integer: "string"');
  });

  test('judges of /status the status alone', () => {
    const old = widget({ spec: { n: 'wrong' } });
    expect(texts(strategy.validateUpdate?.(widget({ spec: { n: 'wrong' }, status: { phase: 1 } }), old, context('status')))).toContain('status.phase: Invalid value: "integer": phase in body must be of type string: "integer"');
  });

  test('counts generations of all but metadata', () => {
    const old = widget({ spec: { n: 1 } }, { generation: 4 });
    const relabelled = widget({ spec: { n: 1 } }, { generation: 4, labels: { l: 'v' } });
    strategy.prepareForUpdate?.(relabelled, old, context());
    const changed = widget({ spec: { n: 2 } }, { generation: 4 });
    strategy.prepareForUpdate?.(changed, old, context());
    expect([relabelled.metadata.generation, changed.metadata.generation]).toEqual([4, 5]);
  });

  test('lets /status change no metadata but who owns what', () => {
    const object = widget({ status: {} }, { labels: { l: 'v' }, managedFields: [{ manager: 'm' }] });
    strategy.prepareForUpdate?.(object, widget({}, { generation: 4 }), context('status'));
    expect(object.metadata).toEqual({ name: 'w', namespace: 'd', uid: 'u', resourceVersion: '1', generation: 4, managedFields: [{ manager: 'm' }] });
  });
});

test.each([
  [['example.com/x', 'orphan'], []],
  [['example.com'], ['metadata.finalizers: "example.com": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers']],
  [['x'], ['metadata.finalizers: "x": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers']],
])('of new finalizers %j it is said %j', (finalizers, warnings) => {
  expect(finalizerWarnings(widget({}, { finalizers: ['old', ...finalizers] }), widget({}, { finalizers: ['old'] }))).toEqual(warnings);
});
