import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { serviceAccountStrategy } from './service-account.ts';

type Node = coreV1.Node & KubeObject;
const context = { user: { name: 'u', uid: '', groups: [], extra: {} }, subresource: '', apiVersion: 'v1', now: 0 };
const node = (spec: coreV1.NodeSpec = {}, status: coreV1.NodeStatus = {}): Node => ({ kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' }, spec, status });
const texts = (errors: readonly { field: string; message: string }[] = []): string[] => errors.map(({ field, message }) => `${field}: ${message}`);

describe('nodes', () => {
  it('can give all they have unless they say otherwise, and know their networks by both fields', () => {
    const made = node({ podCIDR: '10.1.0.0/24', podCIDRs: ['10.2.0.0/24'] }, { capacity: { cpu: '4' } });
    nodeStrategy.defaults?.(made);
    expect([made.status?.allocatable, made.spec?.podCIDRs]).toEqual([{ cpu: '4' }, ['10.1.0.0/24']]);
  });

  it.each<[string, coreV1.NodeSpec, coreV1.NodeStatus, string[]]>([
    ['taints twice', { taints: [{ key: 'a', effect: 'NoSchedule' }, { key: 'a', effect: 'NoSchedule', value: 'v' }] }, {}, ['metadata.taints[1]: Duplicate value: {"Key":"a","Value":"v","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair']],
    ['an unknown effect', { taints: [{ key: 'a', effect: 'Never' }] }, {}, ['metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"']],
    ['less than nothing', {}, { capacity: { cpu: '-1' } }, ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0']],
    ['two networks of one family', { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'] }, {}, ['spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one CIDR for each IP family']],
  ])('may not have %s', (_name, spec, status, expected) => { expect(texts(nodeStrategy.validate?.(node(spec, status)))).toEqual(expected); });

  it.each<[string, Node, Node, string[]]>([
    ['a provider', node({ providerID: 'a' }), node({ providerID: 'b' }), ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid']],
    ['a network', node({ podCIDRs: ['10.1.0.0/24'] }), node({ podCIDRs: ['10.2.0.0/24'] }), ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid']],
    ['their first network', node(), node({ podCIDRs: ['10.1.0.0/24'], providerID: 'a' }), []],
    ['an address twice', node(), node({}, { addresses: [{ type: 'Hostname', address: 'a' }, { type: 'Hostname', address: 'a' }] }), ['status.addresses[1]: Duplicate value: {"Type":"Hostname","Address":"a"}']],
  ])('changing %s', (_name, old, changed, expected) => { expect(texts(nodeStrategy.validateUpdate?.(changed, old, context))).toEqual(expected); });
});

describe('declared features', () => {
  it.each<[string[], string[]]>([
    [['A', 'B/c'], []],
    [['B', 'A', 'A'], ['status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically', 'status.declaredFeatures[2]: Duplicate value: "A"']],
    [['a*'], ['status.declaredFeatures[0]: Invalid value: "a*": invalid feature name "a*": must start with an UpperCamelCase segment, with subsequent segments separated by \'/\' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes']],
  ])('%j', (declaredFeatures, faults) => expect(texts(nodeStrategy.validateUpdate?.(node({}, { declaredFeatures }), node(), { ...context, subresource: 'status' }))).toEqual(faults));
});

describe('namespaces', () => {
  const namespace = (spec: coreV1.NamespaceSpec, phase?: string, metadata: object = {}): coreV1.Namespace & KubeObject => ({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n', ...metadata }, spec, ...(phase !== undefined && { status: { phase } }) });

  it('finalizers have a domain or are known', () => {
    expect(texts(namespaceStrategy.validate?.(namespace({ finalizers: ['kubernetes', 'a.b/c', 'x'] })))).toEqual(['spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified']);
    expect(texts(namespaceStrategy.validateUpdate?.(namespace({ finalizers: ['a.b/c', 'x'] }), namespace({}), { ...context, subresource: 'finalize' }))).toEqual(['spec.finalizers[1]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified']);
  });

  it.each<[string, object, string[]]>([
    ['Active', {}, []], ['Terminating', {}, ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"]],
    ['Active', { deletionTimestamp: '2020-01-01T00:00:00Z' }, ["status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty"]],
  ])('are %s by their deletion alone', (phase, metadata, expected) => { expect(texts(namespaceStrategy.validateUpdate?.(namespace({}, phase, metadata), namespace({}), { ...context, subresource: 'status' }))).toEqual(expected); });

  it.each([
    [{ raw: {} }, ['x', 'orphan'], ['x', 'orphan']],
    [{ raw: { orphanDependents: false }, propagationPolicy: 'Background' as const }, ['x', 'orphan'], ['x', 'foregroundDeletion']],
    [{ raw: { orphanDependents: true }, propagationPolicy: 'Orphan' as const }, ['x'], ['x', 'orphan']],
    [{ raw: {}, propagationPolicy: 'Background' as const }, ['foregroundDeletion'], undefined],
  ])('begin to go with finalizers of the policy: %j', (options, finalizers, expected) => {
    const going = namespace({}, 'Active', { finalizers });
    namespaceStrategy.beginDeletion?.(going, 0, { dryRun: false, preconditions: {}, ...options });
    expect([going.metadata.finalizers, going.status?.phase, going.metadata.deletionTimestamp]).toEqual([expected, 'Terminating', '1970-01-01T00:00:00Z']);
  });
});

it('service accounts keep only the names of secrets, and warn of what is deprecated once', () => {
  const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
  const account: coreV1.ServiceAccount & KubeObject = { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name: 'a', annotations }, secrets: [{ name: 's', namespace: 'n', kind: 'Secret' }] };
  serviceAccountStrategy.prepareForCreate?.(account, context);
  expect([account.secrets, serviceAccountStrategy.warnings?.(account, undefined, context).length, serviceAccountStrategy.warnings?.(account, account, context)]).toEqual([[{ name: 's' }], 1, []]);
});
