import { goJson, type KubeObject } from '@kubernode/apimachinery';
import { strategies } from './strategies.ts';
import type { Strategy, StrategyContext } from './strategy.ts';

const CONTEXT: StrategyContext = { user: { name: 'admin', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };

function strategy(resource: string): Strategy {
  const found = strategies.get(resource);
  if (found === undefined) throw new Error(`no strategy for ${resource}`);
  return found;
}

function objectOf(body: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Any', metadata: { name: 'one', namespace: 'default' }, ...body };
}

/** The faults of a creation, each as `field: message`. */
function createFaults(resource: string, body: object): string[] {
  const object = objectOf(body);
  const rules = strategy(resource);
  rules.defaults?.(object);
  rules.prepareForCreate?.(object, CONTEXT);
  return (rules.validate?.(object, CONTEXT) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

function updateFaults(resource: string, before: object, after: object): string[] {
  const [old, object] = [objectOf(before), objectOf(after)];
  const rules = strategy(resource);
  rules.prepareForUpdate?.(object, old, CONTEXT);
  return (rules.validateUpdate?.(object, old, CONTEXT) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

describe('limit ranges', () => {
  it('take the default from the maximum and the request from the default', () => {
    const range = objectOf({ spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } });
    strategy('limitranges').defaults?.(range);
    expect(range['spec']).toEqual({ limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' }, default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } }] });
  });

  it.each([
    [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }, ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1']],
    [{ type: 'Pod', default: { cpu: '1' } }, ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]],
    [{ type: 'PersistentVolumeClaim' }, ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided']],
    [{ type: 'Thing' }, ['spec.limits[0].type: Invalid value: "Thing": must be a standard limit type or fully qualified']],
  ])('refuse %j', (limit, faults) => expect(createFaults('limitranges', { spec: { limits: [limit] } })).toEqual(faults));

  it('refuse a type twice', () => {
    expect(createFaults('limitranges', { spec: { limits: [{ type: 'Pod' }, { type: 'Pod' }] } })).toEqual(['spec.limits[1].type: Duplicate value: "Pod"']);
  });
});

describe('immutable fields', () => {
  it.each([
    ['configmaps', { immutable: true, data: { a: '1' } }, { immutable: true, data: { a: '2' } }, ['data: Forbidden: field is immutable when `immutable` is set']],
    ['configmaps', { immutable: true }, {}, ['immutable: Forbidden: field is immutable when `immutable` is set']],
    ['configmaps', { data: { a: '1' } }, { immutable: true, data: { a: '2' } }, []],
    ['priorityclasses.scheduling.k8s.io', { value: 1, preemptionPolicy: 'Never' }, { value: 2, preemptionPolicy: 'Never' }, ['value: Forbidden: may not be changed in an update.']],
    ['runtimeclasses.node.k8s.io', { handler: 'runc' }, { handler: 'kata' }, ['handler: Invalid value: "kata": field is immutable']],
  ])('%s %j → %j', (resource, before, after, faults) => expect(updateFaults(resource, before, after)).toEqual(faults));
});

describe('creations', () => {
  it.each([
    ['configmaps', { data: { 'a b': '' } }, ["data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"]],
    ['leases.coordination.k8s.io', { spec: { leaseDurationSeconds: 0 } }, ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']],
    ['leases.coordination.k8s.io', { spec: { leaseTransitions: -1 } }, ['spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0']],
    ['ingresses.networking.k8s.io', { spec: {} }, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
    ['networkpolicies.networking.k8s.io', { spec: { podSelector: {}, policyTypes: ['Sideways'] } }, ['spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"']],
    ['poddisruptionbudgets.policy', { spec: { minAvailable: 1, maxUnavailable: 1 } }, ['spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set']],
  ])('%s %j', (resource, body, faults) => expect(createFaults(resource, body)).toEqual(faults));
});

describe('network policies', () => {
  it.each([[{}, ['Ingress']], [{ egress: [{}] }, ['Ingress', 'Egress']]])('default the policy types of %j', (spec, types) => {
    const policy = objectOf({ spec: { podSelector: {}, ...spec } });
    strategy('networkpolicies.networking.k8s.io').defaults?.(policy);
    expect(goJson(policy['spec'])).toContain(`"policyTypes":${JSON.stringify(types)}`);
  });
});
