import { createFieldManager, type KubeObject } from '@kubernode/apimachinery';
import { endpointSliceStrategy } from './discovery/endpoint-slice.ts';
import { flowSchemaStrategy } from './flowcontrol/flow-schema.ts';
import { ingressStrategy } from './networking/ingress.ts';
import { networkPolicyStrategy } from './networking/network-policy.ts';
import { runtimeClassStrategy } from './node/runtime-class.ts';
import { builtInGoFields, builtInSchema, compiledSchema } from './object-schemas.ts';
import { csiDriverStrategy } from './storage/csi-driver.ts';
import { storageClassStrategy } from './storage/storage-class.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import { validateMetadataUpdate } from './write/validate-metadata.ts';

const CONTEXT: StrategyContext = { user: { name: 'u', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };
const STRATEGIES: Readonly<Record<string, unknown>> = {
  'networking.v1.Ingress': ingressStrategy, 'networking.v1.NetworkPolicy': networkPolicyStrategy, 'storage.v1.StorageClass': storageClassStrategy, 'storage.v1.CSIDriver': csiDriverStrategy,
  'flowcontrol.v1.FlowSchema': flowSchemaStrategy, 'node.v1.RuntimeClass': runtimeClassStrategy, 'discovery.v1.EndpointSlice': endpointSliceStrategy,
};

/** The object as a client's body becomes it. */
function decoded(kind: string, body: object): KubeObject {
  const object = compiledSchema(`io.k8s.api.${kind}`)?.normalise({ metadata: { name: 'a' }, ...body }).object as unknown as KubeObject; // decoded as one
  strategyOf(kind).defaults?.(object);
  return object;
}

const strategyOf = (kind: string): Strategy => STRATEGIES[kind] as Strategy; // each is given objects of its kind

const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } };
const ingress = (change: object): object => ({ spec: { rules: [{ http: { paths: [{ ...path, ...change }] } }] } });
const subject = (more: object): object => ({ spec: { priorityLevelConfiguration: { name: 'p' }, matchingPrecedence: 5, rules: [{ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/'] }], subjects: [{ kind: 'User', user: { name: 'u' }, ...more }] }] } });
const topologies = (...values: string[][]): object => ({ provisioner: 'p', allowedTopologies: values.map((list) => ({ matchLabelExpressions: [{ key: 'zone', values: list }] })) });
const toleration = { key: 'k', operator: 'Exists' };

it.each<[string, object, string[]]>([
  ['networking.v1.Ingress', ingress({ backend: { resource: { kind: 'K', name: 'n' } } }), []],
  ['networking.v1.Ingress', ingress({ pathType: null }), ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified']],
  ['networking.v1.Ingress', ingress({ pathType: '' }), ['spec.rules[0].http.paths[0].pathType: Unsupported value: "": supported values: "Exact", "ImplementationSpecific", "Prefix"']],
  ['networking.v1.NetworkPolicy', { spec: { podSelector: {}, ingress: [{ ports: [{ port: 80, endPort: 0 }] }] } }, ['spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`', 'spec.ingress[0].ports[0].endPort: Invalid value: 0: must be between 1 and 65535, inclusive']],
  ['flowcontrol.v1.FlowSchema', subject({ group: { name: 'g' } }), ["spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'"]],
  ['flowcontrol.v1.FlowSchema', subject({ serviceAccount: { name: 's', namespace: 'n' } }), ["spec.rules[0].subjects[0].serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'"]],
  ['storage.v1.StorageClass', topologies(['a'], ['b']), []],
  ['storage.v1.StorageClass', topologies(['a', 'b'], ['b', 'a']), ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""']],
  ['storage.v1.StorageClass', topologies([], ['a', 'a']), ['allowedTopologies[0].matchLabelExpressions[0].values: Required value', 'allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: "a"']],
  ['node.v1.RuntimeClass', { handler: 'h', scheduling: { tolerations: [toleration, { ...toleration, tolerationSeconds: 1, effect: 'NoExecute' }] } }, []],
  ['node.v1.RuntimeClass', { handler: 'h', scheduling: { tolerations: [{ operator: 'Equal' }] } }, ['scheduling.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"']],
  ['node.v1.RuntimeClass', { handler: 'h', overhead: { podFixed: { strange: '1' } } }, ['overhead.limits[strange]: Invalid value: "strange": must be a standard resource type or fully qualified', 'overhead.limits[strange]: Invalid value: "strange": must be a standard resource for containers']],
  ['discovery.v1.EndpointSlice', { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.1.1'], hints: { forNodes: [{ name: 'n' }, { name: 'n' }] } }] }, ['endpoints[0].hints.forNodes[1].name: Duplicate value: "n"']],
])('a new %s of %j has the faults %j', (kind, body, expected) => {
  expect(strategyOf(kind).validate?.(decoded(kind, body), CONTEXT).map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
});

it('drops the topology of new slices, and keeps the node that an older one named by it', () => {
  const old = { addressType: 'IPv4', endpoints: [{ addresses: ['10.1.1.1'], deprecatedTopology: { 'kubernetes.io/hostname': 'n' } }] };
  const made = decoded('discovery.v1.EndpointSlice', old);
  endpointSliceStrategy.prepareForCreate?.(made as never, CONTEXT); // decoded as one
  const changed = decoded('discovery.v1.EndpointSlice', { ...old, endpoints: [{ ...old.endpoints[0], addresses: ['10.1.1.2'] }] });
  endpointSliceStrategy.prepareForUpdate?.(changed as never, decoded('discovery.v1.EndpointSlice', old) as never, CONTEXT); // decoded as ones
  expect([made['endpoints'], changed['endpoints']]).toEqual([[{ addresses: ['10.1.1.1'], conditions: {} }], [{ addresses: ['10.1.1.2'], conditions: {}, nodeName: 'n' }]]);
});

it('counts changes of drivers from nothing, and warns of tokens in attributes', () => {
  const driver = strategyOf('storage.v1.CSIDriver');
  const old = decoded('storage.v1.CSIDriver', { spec: { tokenRequests: [{ audience: 'a' }] } });
  const changed = decoded('storage.v1.CSIDriver', { spec: { tokenRequests: [] } });
  driver.prepareForUpdate?.(changed, old, CONTEXT);
  expect([changed.metadata.generation, driver.warnings?.(old, undefined, CONTEXT)?.length, driver.warnings?.(changed, old, CONTEXT)]).toEqual([1, 1, []]);
});

it.each<[string, object, object]>([
  ['networking.v1.IPAddress', { spec: { parentRef: { resource: 'services', name: 's' } } }, { 'f:spec': { 'f:parentRef': { '.': {}, 'f:name': {}, 'f:resource': {} } } }],
  ['storage.v1.StorageClass', { provisioner: '' }, {}],
  ['core.v1.Event', { involvedObject: { kind: 'Pod' }, reason: 'r' }, { 'f:involvedObject': {}, 'f:reason': {} }],
  ['rbac.v1.Role', {}, {}],
])('who creates a %s of %j owns of it %j', (kind, body, expected) => {
  const [group = '', version = '', name = ''] = kind.split('.');
  const manager = createFieldManager({ kind: { group: group === 'core' ? '' : `${group}.k8s.io`, version, kind: name }, schema: { $ref: `#/components/schemas/io.k8s.api.${kind}` }, resolver: builtInSchema, goFields: builtInGoFields });
  const made = manager.update({ live: undefined, next: decodedOnly(kind, body), manager: 'm', now: 0 });
  expect(made.metadata.managedFields?.[0]?.fieldsV1 ?? {}).toEqual(expected);
});

function decodedOnly(kind: string, body: object): KubeObject {
  return compiledSchema(`io.k8s.api.${kind}`)?.normalise({ metadata: { name: 'a' }, ...body }).object as unknown as KubeObject; // decoded as one
}

it('tells a finalizer without a domain once for each look of the kind', () => {
  const storage = { namespaced: true, strategy: { judgesMetadataAgain: true } } as unknown as Parameters<typeof validateMetadataUpdate>[0]; // all that is read of it
  const metadata = { name: 'a', namespace: 'n', resourceVersion: '1' };
  const object = (finalizers: string[]): KubeObject => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { ...metadata, finalizers } });
  expect(validateMetadataUpdate(storage, object(['odd']), object([])).map(({ field }) => field)).toEqual(['metadata.finalizers[0]', 'metadata.finalizers[0]']);
});
