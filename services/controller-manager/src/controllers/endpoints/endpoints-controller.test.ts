import type { coreV1 } from '@kubernode/api';
import { reconcileEndpoints, type EndpointsSnapshot } from './endpoints-controller.ts';
import { repackSubsets } from './repack-subsets.ts';
import { TriggerTimes } from './trigger-times.ts';
import { truncatedSubsets } from './truncate-subsets.ts';

const T0 = '2026-01-01T00:00:00Z';
const port = { port: 80, protocol: 'TCP' };

function service(spec: Partial<coreV1.ServiceSpec> = {}, metadata: Partial<coreV1.Service['metadata']> = {}): coreV1.Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns', creationTimestamp: T0, ...metadata }, spec: { selector: { app: 'web' }, clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], ports: [{ port: 80, protocol: 'TCP' }], ...spec } };
}

function pod(name: string, { ready = true, ip = `10.0.0.${name.charCodeAt(0)}`, ips = [ip], phase = 'Running', ...rest }: { ready?: boolean; ip?: string; ips?: string[]; phase?: string; spec?: Partial<coreV1.PodSpec>; metadata?: Partial<coreV1.Pod['metadata']>; since?: string } = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: `uid-${name}`, labels: { app: 'web' }, ...rest.metadata },
    spec: { nodeName: 'node', containers: [], ...rest.spec },
    status: { phase, podIP: ip, podIPs: ips.map((one) => ({ ip: one })), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: rest.since ?? T0 }] },
  };
}

function address(name: string, more: Partial<coreV1.EndpointAddress> = {}): coreV1.EndpointAddress {
  return { ip: `10.0.0.${name.charCodeAt(0)}`, nodeName: 'node', targetRef: { kind: 'Pod', name, namespace: 'ns', uid: `uid-${name}` }, ...more };
}

function plan(rest: Partial<EndpointsSnapshot>): ReturnType<typeof reconcileEndpoints> {
  return reconcileEndpoints({ service: service(), endpoints: undefined, pods: [], triggerMs: undefined, ...rest });
}

function written(rest: Partial<EndpointsSnapshot>): coreV1.Endpoints | undefined {
  const [action] = plan(rest).actions;
  return action?.do === 'create' || action?.do === 'update' ? action.object as coreV1.Endpoints : undefined; // endpoints are all it writes
}

const deleting = { deletionTimestamp: T0 };

test.each<[string, Partial<EndpointsSnapshot>, coreV1.EndpointSubset[]]>([
  ['ready pods and others apart', { pods: [pod('b'), pod('a'), pod('c', { ready: false })] }, [{ addresses: [address('a'), address('b')], notReadyAddresses: [address('c')], ports: [port] }]],
  ['no pods', {}, []],
  ['no pods that have ended', { pods: [pod('a', { phase: 'Failed' }), pod('b', { phase: 'Succeeded', ready: false })] }, []],
  ['no pods without an address', { pods: [pod('a', { ip: '', ips: [] })] }, []],
  ['no pods that are being deleted', { pods: [pod('a', { metadata: deleting })] }, []],
  ['all of them where the Service wants any', { service: service({ publishNotReadyAddresses: true }), pods: [pod('a', { metadata: deleting }), pod('b', { ready: false })] }, [{ addresses: [address('a'), address('b')], ports: [port] }]],
  ['pods whose named ports differ, apart', {
    service: service({ ports: [{ port: 80, protocol: 'TCP', name: 'http', targetPort: 'web' }] }),
    pods: [pod('a', { spec: { containers: [{ name: 'm', ports: [{ name: 'web', containerPort: 1, protocol: 'TCP' }] }] } }), pod('b', { spec: { containers: [{ name: 'm', ports: [{ name: 'web', containerPort: 2, protocol: 'TCP' }] }] } }), pod('c')],
  }, repackSubsets([{ addresses: [address('a')], ports: [{ name: 'http', port: 1, protocol: 'TCP' }] }, { addresses: [address('b')], ports: [{ name: 'http', port: 2, protocol: 'TCP' }] }])],
  ['a port of a sidecar', {
    service: service({ ports: [{ port: 80, protocol: 'TCP', targetPort: 'web' }] }),
    pods: [pod('a', { spec: { containers: [{ name: 'm' }], initContainers: [{ name: 'once', ports: [{ name: 'web', containerPort: 1 }] }, { name: 's', restartPolicy: 'Always', ports: [{ name: 'web', containerPort: 2, protocol: 'TCP' }] }] } })],
  }, [{ addresses: [address('a')], ports: [{ port: 2, protocol: 'TCP' }] }]],
  ['the same number for two protocols', {
    service: service({ ports: [{ port: 53, protocol: 'TCP', name: 't' }, { port: 53, protocol: 'UDP', name: 'u' }] }), pods: [pod('a')],
  }, repackSubsets([{ addresses: [address('a')], ports: [{ name: 'u', port: 53, protocol: 'UDP' }, { name: 't', port: 53, protocol: 'TCP' }] }])],
  ['a headless Service without ports', { service: service({ ports: [], clusterIP: 'None' }), pods: [pod('a')] }, [{ addresses: [address('a')] }]],
  ['nothing for another without ports', { service: service({ ports: [] }), pods: [pod('a')] }, []],
  ['hostnames below the Service', { pods: [pod('a', { spec: { hostname: 'one', subdomain: 'web' } }), pod('b', { spec: { hostname: 'two', subdomain: 'other' } })] }, [{ addresses: [address('a', { hostname: 'one' }), address('b')], ports: [port] }]],
  ['the first family of a Service', { service: service({ ipFamilies: ['IPv6', 'IPv4'] }), pods: [pod('a', { ips: ['10.0.0.1', 'FD00:0::1'] })] }, [{ addresses: [address('a', { ip: 'fd00::1' })], ports: [port] }]],
  ['the other address of a pod', { pods: [pod('a', { ip: 'fd00::1', ips: ['fd00::1', '10.0.0.9'] })] }, [{ addresses: [address('a', { ip: '10.0.0.9' })], ports: [port] }]],
  ['nothing where the family is missing', { service: service({ ipFamilies: ['IPv6'] }), pods: [pod('a')] }, []],
  ['without families, that of the Service', { service: service({ ipFamilies: [], clusterIP: 'fd00::9' }), pods: [pod('a', { ips: ['10.0.0.1', 'fd00::1'] })] }, [{ addresses: [address('a', { ip: 'fd00::1' })], ports: [port] }]],
  ['without families and headless, that of the pod', { service: service({ ipFamilies: [], clusterIP: 'None' }), pods: [pod('a', { ip: 'fd00::1', ips: ['fd00::1'] })] }, [{ addresses: [address('a', { ip: 'fd00::1' })], ports: [port] }]],
])('Endpoints list %s', (_name, given, want) => { expect(written(given)?.subsets).toEqual(want); });

test.each<[string, Partial<coreV1.ServiceSpec>, Record<string, string>]>([
  ['with an address', {}, { a: 'b', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }],
  ['without', { clusterIP: 'None' }, { a: 'b', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller', 'service.kubernetes.io/headless': '' }],
])('Endpoints have the labels of a Service %s', (_name, spec, want) => {
  expect(written({ service: service(spec, { labels: { a: 'b' } }) })?.metadata.labels).toEqual(want);
});

const standing = { ...written({ pods: [pod('a'), pod('b')] }), metadata: { ...written({ pods: [pod('a')] })?.metadata, name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '7' } } as coreV1.Endpoints; // just made

test.each<[string, Partial<EndpointsSnapshot>]>([
  ['nothing changed', {}],
  ['only versions of pods changed', { endpoints: { ...standing, subsets: standing.subsets?.map((one) => ({ ...one, addresses: one.addresses?.map((two) => ({ ...two, targetRef: { ...two.targetRef, resourceVersion: '9' } })) ?? [] })) ?? [] } }],
  ['another order stands', { endpoints: { ...standing, subsets: standing.subsets?.map((one) => ({ ...one, addresses: [...one.addresses ?? []].reverse() })) ?? [] } }],
])('Endpoints are left alone when %s', (_name, given) => {
  expect(plan({ endpoints: standing, pods: [pod('a'), pod('b')], triggerMs: 5, ...given }).actions).toEqual([]);
});

test.each<[string, Partial<EndpointsSnapshot>]>([
  ['labels', { service: service({}, { labels: { new: 'one' } }) }],
  ['who manages them', { endpoints: { ...standing, metadata: { ...standing.metadata, labels: {} } } }],
  ['that too many were left out', { endpoints: { ...standing, metadata: { ...standing.metadata, annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } } } }],
])('Endpoints are written for %s alone', (_name, given) => {
  const object = written({ endpoints: standing, pods: [pod('a'), pod('b')], ...given });
  expect(object?.metadata.resourceVersion).toBe('7');
  expect(object?.metadata.annotations).toEqual({});
});

test.each<[string, Partial<EndpointsSnapshot>, string[]]>([
  ['of its own', { endpoints: standing }, ['delete']],
  ['of others', { endpoints: { ...standing, metadata: { name: 'web', namespace: 'ns' } } }, ['delete']],
  ['that are gone', {}, []],
])('Endpoints %s go with their Service', (_name, given, want) => {
  expect(plan({ ...given, service: undefined }).actions.map((action) => action.do)).toEqual(want);
});

test('a trigger is written down, and cleared by a write without one', () => {
  expect(written({ triggerMs: Date.parse(T0) })?.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/last-change-trigger-time': T0 });
  const annotations = { mine: 'stays', 'endpoints.kubernetes.io/last-change-trigger-time': T0 };
  expect(written({ endpoints: { ...standing, metadata: { ...standing.metadata, annotations } } })?.metadata.annotations).toEqual({ mine: 'stays' });
});

test('more than a thousand addresses are truncated and marked, and not written again', () => {
  const pods = Array.from({ length: 1001 }, (_, i) => pod(`p${i}`, { ip: `10.1.${Math.floor(i / 250)}.${i % 250}` }));
  const object = written({ pods }) as coreV1.Endpoints; // it is made
  expect(object.subsets?.[0]?.addresses).toHaveLength(1000);
  expect(object.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
  expect(plan({ pods, endpoints: object }).actions).toEqual([]);
  expect(written({ pods: pods.slice(1), endpoints: object })?.metadata.annotations).toEqual({});
});

function subset(ready: number, notReady: number): coreV1.EndpointSubset {
  const addresses = (count: number): coreV1.EndpointAddress[] => Array.from({ length: count }, (_, i) => ({ ip: String(i) }));
  return { addresses: addresses(ready), notReadyAddresses: addresses(notReady) };
}

test.each<[[number, number][], [number, number][]]>([
  [[[500, 500]], [[500, 500]]],
  [[[501, 500]], [[501, 499]]],
  [[[1000, 500]], [[1000, 0]]],
  [[[1200, 500]], [[1000, 0]]],
  [[[500, 100], [500, 200]], [[500, 0], [500, 0]]],
  [[[600, 10], [600, 10]], [[500, 0], [500, 0]]],
  [[[400, 100], [400, 300]], [[400, 50], [400, 150]]],
  [[[100, 0], [1000, 0], [300, 5]], [[72, 0], [715, 0], [213, 0]]],
])('truncatedSubsets makes of %j %j', (given, want) => {
  expect(truncatedSubsets(given.map(([ready, not]) => subset(ready, not))).map(({ addresses = [], notReadyAddresses = [] }) => [addresses.length, notReadyAddresses.length])).toEqual(want);
});

test.each<[string, coreV1.EndpointSubset[], coreV1.EndpointSubset[]]>([
  ['one address on two ports', [{ addresses: [{ ip: '1' }], ports: [{ port: 1 }] }, { addresses: [{ ip: '1' }], ports: [{ port: 2 }] }], [{ addresses: [{ ip: '1' }], ports: [{ port: 1 }, { port: 2 }] }]],
  ['an address twice', [{ addresses: [{ ip: '1' }, { ip: '1' }], ports: [{ port: 1 }] }], [{ addresses: [{ ip: '1' }], ports: [{ port: 1 }] }]],
  ['an address of two pods', [{ addresses: [{ ip: '1', targetRef: { uid: 'b' } }, { ip: '1', targetRef: { uid: 'a' } }], ports: [{ port: 1 }] }], [{ addresses: [{ ip: '1', targetRef: { uid: 'a' } }, { ip: '1', targetRef: { uid: 'b' } }], ports: [{ port: 1 }] }]],
  ['one both ready and not', [{ addresses: [{ ip: '1' }], notReadyAddresses: [{ ip: '1' }], ports: [{ port: 1 }] }], [{ notReadyAddresses: [{ ip: '1' }], ports: [{ port: 1 }] }]],
  ['one ready on a single port', [{ addresses: [{ ip: '1' }], ports: [{ port: 1 }] }, { notReadyAddresses: [{ ip: '1' }], ports: [{ port: 2 }] }], [{ addresses: [{ ip: '1' }], ports: [{ port: 1 }] }, { notReadyAddresses: [{ ip: '1' }], ports: [{ port: 2 }] }]],
  ['addresses without ports', [{ addresses: [{ ip: '2' }] }, { addresses: [{ ip: '1' }] }], [{ addresses: [{ ip: '1' }, { ip: '2' }] }]],
  ['nothing', [], []],
])('repackSubsets of %s', (_name, given, want) => {
  const sorted = (subsets: readonly coreV1.EndpointSubset[]): string[] => subsets.map((one) => JSON.stringify({ ...one, ports: one.ports?.map(({ port: number }) => number).sort() })).sort();
  const packed = repackSubsets(given);
  expect(sorted(packed)).toEqual(sorted(want));
  expect(repackSubsets([...given].reverse())).toEqual(packed);
  expect(repackSubsets(packed)).toEqual(packed);
});

describe('TriggerTimes', () => {
  const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
  const ms = (second: number): number => Date.parse(at(second));

  test.each<[string, [service: number, pods: Record<string, number>][], (number | undefined)[]]>([
    ['the Service\'s creation at first', [[10, { a: 1, b: 21 }]], [ms(10)]],
    ['nothing without change', [[10, { a: 1 }], [10, { a: 1 }]], [ms(10), undefined]],
    ['the earliest of new pods', [[0, { a: 1 }], [0, { a: 1, b: 4, c: 3 }]], [ms(0), ms(3)]],
    ['a pod that turned', [[0, { a: 1 }], [0, { a: 5 }]], [ms(0), ms(5)]],
    ['nothing for a pod that went', [[0, { a: 1, b: 2 }], [0, { a: 1 }]], [ms(0), undefined]],
    ['a pod that came back', [[0, { a: 1 }], [0, {}], [0, { a: 1 }]], [ms(0), undefined, ms(1)]],
    ['a Service made anew', [[0, { a: 1 }], [9, { a: 1 }]], [ms(0), ms(9)]],
  ])('tells %s', (_name, looks, want) => {
    const times = new TriggerTimes();
    expect(looks.map(([created, pods]) => times.next('ns/web', service({}, { creationTimestamp: at(created) }), Object.entries(pods).map(([name, second]) => pod(name, { since: at(second) }))))).toEqual(want);
  });

  test('knows nothing of what it was told to forget', () => {
    const times = new TriggerTimes();
    times.next('ns/web', service(), []);
    times.forget('ns/web');
    expect(times.next('ns/web', service(), [])).toBe(Date.parse(T0));
  });
});
