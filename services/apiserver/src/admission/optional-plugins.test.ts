import type { KubeObject } from '@kubernode/apimachinery';
import { createFakeClock } from '@kubernode/testing';
import { ONE_ROUND, type AdmissionAttributes, type AdmissionPlugin } from './admission.ts';
import type { AdmissionDependencies } from './admission-plugins.ts';
import { alwaysDeny } from './always-deny.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { denyServiceExternalIPs } from './deny-service-external-ips.ts';
import { eventRateLimit, readLimits } from './event-rate-limit.ts';
import { extendedResourceToleration } from './extended-resource-toleration.ts';
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { namespaceAutoProvision } from './namespace-auto-provision.ts';
import { namespaceExists } from './namespace-exists.ts';
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator.ts';
import { ownerReferencesPermissionEnforcement } from './owner-references-permission-enforcement.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { podResizeValidator } from './pod-resize-validator.ts';
import { mergeTolerations, podTolerationRestriction } from './pod-toleration-restriction.ts';

type Fields = Readonly<Record<string, unknown>>;
const namespace = (annotations: Record<string, string> = {}): KubeObject => ({ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n', annotations } });
const pod = (spec: Fields, metadata: Fields = {}): KubeObject => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', ...metadata }, spec: { containers: [{ name: 'c' }], ...spec } }) as unknown as KubeObject;
const dependencies = ({ objects = [], configuration, allowed = [], ...more }: { objects?: readonly KubeObject[]; configuration?: string; allowed?: readonly string[] } & Partial<AdmissionDependencies>): AdmissionDependencies => ({
  sources: () => ({ get: (_namespace: string, name: string) => objects.find(({ metadata }) => metadata.name === name) }), get: async () => undefined, configurationOf: () => configuration, clock: createFakeClock(),
  resourcesOfKind: ({ kind }: { kind: string }) => (kind === 'ReplicaSet' ? [{ resource: 'replicasets', namespaced: true }] : []),
  authorizer: { authorize: ({ verb, resource, subresource }: Fields) => ({ verdict: allowed.includes(`${String(verb)} ${String(resource)} ${String(subresource)}`) ? 'allow' : 'noOpinion', reason: 'no' }) }, ...more,
}) as unknown as AdmissionDependencies; // what these plugins use of them
const attributes = (more: Fields): AdmissionAttributes => ({ operation: 'CREATE', group: '', resource: 'pods', subresource: '', namespace: 'n', name: 'x', kind: { group: '', version: 'v1', kind: 'Pod' }, user: { name: 'u' }, dryRun: false, ...more }) as unknown as AdmissionAttributes; // what these plugins look at
const update = (object: KubeObject, oldObject: KubeObject, subresource = ''): AdmissionAttributes => attributes({ operation: 'UPDATE', object, oldObject, subresource });

/** What both functions of a plugin say; undefined when they let the write in. */
async function refusalOf(plugin: AdmissionPlugin, write: AdmissionAttributes): Promise<string | undefined> {
  try {
    await plugin.admit?.(write, ONE_ROUND);
    await plugin.validate?.(write);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('AlwaysPullImages makes every image be asked for, and notices who undoes it', async () => {
  const object = pod({ initContainers: [{ name: 'i' }], volumes: [{ name: 'v', image: { reference: 'r' } }] });
  await alwaysPullImages.admit?.(attributes({ object }), ONE_ROUND);
  expect(object['spec']).toEqual({ containers: [{ name: 'c', imagePullPolicy: 'Always' }], initContainers: [{ name: 'i', imagePullPolicy: 'Always' }], volumes: [{ name: 'v', image: { reference: 'r', pullPolicy: 'Always' } }] });
  expect(() => alwaysPullImages.validate?.(attributes({ object: pod({ containers: [{ name: 'c', imagePullPolicy: 'Never' }] }) }))).toThrow('pods "x" is forbidden: spec.containers[0].imagePullPolicy: Unsupported value: "Never": supported values: "Always"');
  const same = pod({ containers: [{ name: 'c', image: 'a', imagePullPolicy: 'Never' }] });
  expect(() => alwaysPullImages.validate?.(update(same, same))).not.toThrow();
});

test('AlwaysDeny refuses, naming what has no name yet by its prefix', async () => {
  expect(await refusalOf(alwaysDeny, attributes({ name: '', object: pod({}, { name: '', generateName: 'web-' }) }))).toBe('pods "web-" is forbidden: admission control is denying all modifications');
});

test.each([['kubernetes.io/hostname', undefined], ['zone', 'pods "x" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed']])('LimitPodHardAntiAffinityTopology judges %s', async (topologyKey, expected) => {
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } };
  expect(await refusalOf(limitPodHardAntiAffinityTopology, attributes({ object: pod({ affinity }) }))).toBe(expected);
});

test('NamespaceAutoProvision makes a missing namespace, but not for a dry run', async () => {
  const created: KubeObject[] = [];
  const plugin = namespaceAutoProvision(dependencies({ create: async (_resource, object) => { created.push(object); return object; } }));
  await plugin.admit?.(attributes({ dryRun: true }), ONE_ROUND);
  await plugin.admit?.(attributes({}), ONE_ROUND);
  expect(created).toEqual([{ kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'n' } }]); // the writer gives the rest, as to every namespace
});

test('NamespaceExists refuses deletions in what is not there', async () => {
  const write = attributes({ operation: 'DELETE', object: undefined });
  expect([await refusalOf(namespaceExists(dependencies({})), write), await refusalOf(namespaceExists(dependencies({ objects: [namespace()] })), write)]).toEqual(['namespaces "n" not found', undefined]);
});

test.each<[string, string[], string[] | undefined, string | undefined]>([
  ['a new service', ['1.2.3.4'], undefined, 'services "x" is forbidden: Use of external IPs is denied by admission control'], ['none', [], undefined, undefined],
  ['one that was there', ['1.2.3.4'], ['1.2.3.4', '5.6.7.8'], undefined], ['another one', ['9.9.9.9'], ['1.2.3.4'], 'services "x" is forbidden: Use of external IPs is denied by admission control'],
])('DenyServiceExternalIPs judges %s', async (_name, externalIPs, before, expected) => {
  const write = attributes({ resource: 'services', operation: before === undefined ? 'CREATE' : 'UPDATE', object: { metadata: {}, spec: { externalIPs } }, oldObject: before && { metadata: {}, spec: { externalIPs: before } } });
  expect(await refusalOf(denyServiceExternalIPs, write)).toBe(expected);
});

test('ExtendedResourceToleration lets pods onto nodes with the devices they ask for', () => {
  const object = pod({ containers: [{ name: 'c', resources: { requests: { 'b.com/gpu': '1', cpu: '1', 'kubernetes.io/x': '1' } } }], initContainers: [{ name: 'i', resources: { requests: { 'a.com/nic': '1' } } }] });
  void extendedResourceToleration.admit?.(attributes({ object }), ONE_ROUND);
  void extendedResourceToleration.admit?.(attributes({ object }), ONE_ROUND);
  expect((object['spec'] as Fields)['tolerations']).toEqual(['a.com/nic', 'b.com/gpu'].map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })));
});

describe('PodNodeSelector', () => {
  const configuration = 'podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: env=prod\n  "n": env=prod,disk=ssd\n';
  test.each<[string, string | undefined, Record<string, string>, Record<string, string> | string]>([
    ['the default', undefined, { disk: 'ssd' }, { env: 'prod', disk: 'ssd' }], ['the annotation', 'disk=ssd', {}, { disk: 'ssd' }],
    ['a contradiction', 'env=prod', { env: 'test' }, 'pods "x" is forbidden: pod node label selector conflicts with its namespace node label selector'],
    ['what is not on the list', undefined, { zone: 'a' }, 'pods "x" is forbidden: pod node label selector labels conflict with its namespace whitelist'],
    ['nonsense', 'a=b=c', {}, 'invalid selector: [a b c]'],
  ])('takes %s', async (_name, annotation, nodeSelector, expected) => {
    const plugin = podNodeSelector(dependencies({ configuration, objects: [namespace(annotation === undefined ? {} : { 'scheduler.alpha.kubernetes.io/node-selector': annotation })] }));
    const object = pod({ nodeSelector });
    expect(await refusalOf(plugin, attributes({ object })) ?? (object['spec'] as Fields)['nodeSelector']).toEqual(expected);
  });
});

describe('PodTolerationRestriction', () => {
  const key = (name: string, more: Fields = {}): Fields => ({ key: name, operator: 'Exists', effect: 'NoSchedule', ...more });
  test.each<[string, Record<string, string>, Fields[], Fields[] | string]>([
    ['defaults of the cluster', {}, [], [key('cluster')]],
    ['defaults of the namespace', { defaultTolerations: JSON.stringify([key('own')]) }, [key('b')], [key('b'), key('own')]],
    ['that there are none', { defaultTolerations: '' }, [key('b')], [key('b')]],
    ['a list', { tolerationsWhitelist: JSON.stringify([key('a')]) }, [key('b')], 'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist'],
  ])('takes %s', async (_name, annotations, tolerations, expected) => {
    const plugin = podTolerationRestriction(dependencies({
      configuration: JSON.stringify({ kind: 'Configuration', apiVersion: 'podtolerationrestriction.admission.k8s.io/v1alpha1', default: [key('cluster')] }),
      objects: [namespace(Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`scheduler.alpha.kubernetes.io/${name}`, value])))],
    }));
    const object = pod({ tolerations });
    expect(await refusalOf(plugin, attributes({ object })) ?? (object['spec'] as Fields)['tolerations']).toEqual(expected);
  });

  test('adds memory pressure for pods that ask for something, and drops what another toleration covers', async () => {
    const object = pod({ containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] });
    await podTolerationRestriction(dependencies({ objects: [namespace()] })).admit?.(attributes({ object }), ONE_ROUND);
    expect((object['spec'] as Fields)['tolerations']).toEqual([key('node.kubernetes.io/memory-pressure')]);
    expect(mergeTolerations([{ key: 'a', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, { key: 'a', operator: 'Exists', effect: 'NoSchedule' }, { key: 'a', operator: 'Exists', effect: 'NoSchedule' }])).toEqual([key('a')]);
  });
});

describe('EventRateLimit', () => {
  const configuration = JSON.stringify({ kind: 'Configuration', apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', limits: [{ type: 'Namespace', qps: 1, burst: 2 }, { type: 'User', qps: 100, burst: 100 }] });
  const event = (more: Fields = {}): AdmissionAttributes => attributes({ resource: 'events', kind: { group: '', version: 'v1', kind: 'Event' }, object: { metadata: {} }, ...more });

  test('lets a burst in, then as many as the rate allows, each namespace for itself', async () => {
    const clock = createFakeClock();
    const plugin = eventRateLimit(dependencies({ configuration, clock }));
    const refused = 'Too many requests: limit reached on type Namespace for key n';
    const said = async (...writes: AdmissionAttributes[]): Promise<(string | undefined)[]> => Promise.all(writes.map((write) => refusalOf(plugin, write)));
    expect(await said(event(), event(), event(), event({ dryRun: true }), event({ namespace: 'm' }))).toEqual([undefined, undefined, refused, undefined, undefined]);
    await clock.advance(1000);
    expect(await said(event(), event())).toEqual([undefined, refused]);
  });

  test('says what is wrong with its configuration', () => {
    const text = JSON.stringify({ kind: 'Configuration', apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', limits: [{ type: 'Server', qps: 0, burst: 1 }] });
    expect(() => readLimits(text)).toThrow('limits[0].qps: Invalid value: 0: must be positive');
  });
});

describe('OwnerReferencesPermissionEnforcement', () => {
  const owned = (...owners: Fields[]): KubeObject => pod({}, { ownerReferences: owners });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: '1' };
  const blocking = { ...owner, blockOwnerDeletion: true };
  test.each<[string, string[], AdmissionAttributes, string | undefined]>([
    ['a new object with owners', [], attributes({ object: owned(owner) }), undefined],
    ['owners that stay', [], update(owned(blocking), owned(blocking)), undefined],
    ['owners of what one may not delete', [], update(owned(owner), owned()), `pods "x" is forbidden: cannot set an ownerRef on a resource you can't delete: no, <nil>`],
    ['owners of what one may delete', ['delete pods '], update(owned(owner), owned()), undefined],
    ['holding up a deletion', [], attributes({ object: owned(blocking) }), `pods "x" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: no, <nil>`],
    ['holding it up by right', ['update replicasets finalizers'], attributes({ object: owned(blocking) }), undefined],
    ['an owner of no kind', [], attributes({ object: owned({ ...blocking, kind: 'Nothing' }) }), 'pods "x" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion apps/v1 Kind Nothing: no matches for kind "Nothing" in version "apps/v1"'],
    ['whoever may finalize anything', ['update * finalizers'], attributes({ object: owned({ ...blocking, kind: 'Nothing' }) }), undefined],
  ])('judges %s', async (_name, allowed, write, expected) => {
    expect(await refusalOf(ownerReferencesPermissionEnforcement(dependencies({ allowed })), write)).toBe(expected);
  });
});

describe('changes of running pods', () => {
  const node = (labels: Record<string, string>, declaredFeatures: string[] = []): KubeObject => ({ kind: 'Node', apiVersion: 'v1', metadata: { name: 'a', labels }, status: { allocatable: { cpu: '2', memory: '1Gi' }, declaredFeatures } }) as unknown as KubeObject;
  const sized = (cpu: string, generation: number, more: Fields = {}): KubeObject => pod({ nodeName: 'a', containers: [{ name: 'c', resources: { requests: { cpu } } }], ...more }, { generation });
  const resize = (cpu: string): AdmissionAttributes => update(sized(cpu, 2), sized('1', 1), 'resize');
  test.each<[string, Record<string, string>, string, string | undefined]>([
    ['what the node has', {}, '2', undefined], ['more than it has', {}, '2500m', `pods "x" is forbidden: node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000`],
    ['on Windows', { 'kubernetes.io/os': 'windows' }, '1500m', 'pods "x" is forbidden: pod resize is only supported on linux nodes, node "a" is "windows"'],
  ])('PodResizeValidator judges %s', async (_name, labels, cpu, expected) => {
    expect(await refusalOf(podResizeValidator(dependencies({ objects: [node(labels)] })), resize(cpu))).toBe(expected);
  });

  test('NodeDeclaredFeatureValidator asks whether the node can do it', async () => {
    const write = update(sized('1', 2, { resources: { requests: { cpu: '2' } } }), sized('1', 1), 'resize');
    const said = (declared: string[]): Promise<string | undefined> => refusalOf(nodeDeclaredFeatureValidator(dependencies({ objects: [node({}, declared)] })), write);
    expect([await said([]), await said(['InPlacePodLevelResourcesVerticalScaling'])]).toEqual(['pods "x" is forbidden: pod update requires features InPlacePodLevelResourcesVerticalScaling which are not available on node "a"', undefined]);
  });
});
