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

function updateFaults(resource: string, before: object, after: object, subresource = ''): string[] {
  const [old, object] = [objectOf(before), objectOf(after)];
  const [rules, context] = [strategy(resource), { ...CONTEXT, subresource }];
  rules.prepareForUpdate?.(object, old, context);
  return (rules.validateUpdate?.(object, old, context) ?? []).map(({ field, message }) => `${field}: ${message}`);
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

describe('updates', () => {
  const storageClass = { provisioner: 'a.b/c', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' };
  const driver = { attachRequired: true, podInfoOnMount: false };
  const source = { persistentVolumeName: 'v' };
  it.each<[string, object, object, string[]]>([
    ['storageclasses.storage.k8s.io', { ...storageClass, parameters: { a: 'b' } }, { ...storageClass, provisioner: '' }, ['provisioner: Required value', 'parameters: Invalid value: null: field is immutable', 'provisioner: Invalid value: "": field is immutable']],
    ['ingressclasses.networking.k8s.io', { spec: { controller: 'a.b/c' } }, { spec: { controller: '' } }, ['spec.controller: Invalid value: "": field is immutable', 'spec.controller: Required value']],
    ['ipaddresses.networking.k8s.io', { spec: { parentRef: { resource: 'r', name: 'n' } } }, { spec: {} }, ['spec.parentRef: Required value', 'spec.parentRef: Invalid value: null: field is immutable']],
    ['runtimeclasses.node.k8s.io', { handler: 'runc' }, { handler: '' }, ['handler: Required value', 'handler: Invalid value: "": field is immutable']],
    ['csidrivers.storage.k8s.io', { spec: driver }, { spec: { ...driver, nodeAllocatableUpdatePeriodSeconds: 9, serviceAccountTokenInSecrets: true } }, ['spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds', 'spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified']],
    ['csinodes.storage.k8s.io', { spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 1 } }] } }, { spec: { drivers: [{ name: 'd', nodeID: 'm', allocatable: { count: 2 } }] } }, ['spec.drivers: Invalid value: {"Name":"d","NodeID":"m","TopologyKeys":null,"Allocatable":null}: field is immutable']],
    ['csinodes.storage.k8s.io', { spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 1 } }] } }, { spec: { drivers: [{ name: 'd', nodeID: 'n', allocatable: { count: 2 } }] } }, []],
    ['volumeattachments.storage.k8s.io', { spec: { attacher: 'a', nodeName: 'n', source } }, { spec: { nodeName: 'm', attacher: 'a', source } }, ['spec: Invalid value: {"Attacher":"a","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable']],
  ])('%s %j → %j are judged as a whole', (resource, before, after, faults) => expect(updateFaults(resource, before, after)).toEqual(faults));

  const condition = { type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
  it.each<[string, object, string[]]>([
    ['poddisruptionbudgets.policy', { conditions: [{ ...condition, status: 'x' }] }, ['status.conditions[0].status: Unsupported value: "x": supported values: "False", "True", "Unknown"']],
    ['validatingadmissionpolicies.admissionregistration.k8s.io', { typeChecking: { expressionWarnings: [{ fieldRef: 'spec', warning: '' }] }, conditions: [condition, condition] }, ['status.typeChecking.expressionWarnings[0].warning: Required value', 'status.conditions[1].type: Duplicate value: "Ready"']],
    ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', { conditions: [{}, { type: 'A' }, { type: 'A' }] }, ['status.conditions[0].type: Required value', 'status.conditions[2].type: Duplicate value: "A"']],
  ])('of the status of %s %j', (resource, status, faults) => expect(updateFaults(resource, {}, { status }, 'status')).toEqual(faults));

  it('leave what a definition had stored as it was', () => {
    const versions = [{ name: 'v2', served: true, storage: true }];
    const status = Object.freeze({ storedVersions: Object.freeze(['v1']) });
    const definition = objectOf({ spec: { versions }, status });
    strategy('customresourcedefinitions.apiextensions.k8s.io').prepareForUpdate?.(definition, objectOf({ status }), CONTEXT);
    expect([definition['status'], status]).toEqual([{ storedVersions: ['v1', 'v2'] }, { storedVersions: ['v1'] }]);
  });

  it('warn of tokens of CSI drivers when they change', () => {
    const [old, object] = [objectOf({ spec: { tokenRequests: [{ audience: 'a' }] } }), objectOf({ spec: { tokenRequests: [{ audience: 'b' }] } })];
    const { warnings } = strategy('csidrivers.storage.k8s.io');
    expect([warnings?.(object, old, CONTEXT)?.length, warnings?.(old, old, CONTEXT)?.length]).toEqual([1, 0]);
  });
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
