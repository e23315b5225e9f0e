import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcileSlices, type SlicesSnapshot } from './reconcile-slices.ts';
import type { Slice } from './slice-drafts.ts';

const T0 = '2026-01-01T00:00:00Z';
const OWNER = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: 's', controller: true, blockOwnerDeletion: true };
const LABELS = { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };

function service(spec: Partial<coreV1.ServiceSpec> = {}, metadata: Partial<coreV1.Service['metadata']> = {}): coreV1.Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns', uid: 's', ...metadata }, spec: { selector: { app: 'web' }, clusterIP: '10.96.0.1', ipFamilies: ['IPv4'], ports: [{ port: 80, protocol: 'TCP' }], ...spec } };
}

interface PodShape { ready?: boolean; ips?: string[]; node?: string; phase?: string; deleted?: boolean; web?: number; uid?: string; host?: string }

function pod(name: string, { ready = true, ips = [`10.0.0.${name.charCodeAt(0)}`], node = 'node', phase = 'Running', deleted = false, web, uid = `uid-${name}`, host }: PodShape = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid, labels: { app: 'web' }, ...(deleted && { deletionTimestamp: T0 }) },
    spec: { nodeName: node, containers: [{ name: 'm', ...(web !== undefined && { ports: [{ name: 'web', containerPort: web, protocol: 'TCP' }] }) }], ...(host !== undefined && { hostname: host, subdomain: 'web' }) },
    status: { phase, podIP: ips[0] ?? '', podIPs: ips.map((ip) => ({ ip })), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const zones = new Map([['node', ''], ['near', 'one'], ['far', 'two']]);

function plan(given: Partial<SlicesSnapshot>, endpointsMax = 100): ReturnType<typeof reconcileSlices> {
  return reconcileSlices({ service: service(), pods: [], slices: [], zoneOf: (name) => zones.get(name), shares: () => undefined, hints: { populated: false, counts: new Map() }, triggerMs: undefined, ...given }, { endpointsMax });
}

function stored(object: unknown, name: string): Slice {
  const slice = object as discoveryV1.EndpointSlice; // slices are all that is written
  return { ...slice, metadata: { ...slice.metadata, name, uid: name, resourceVersion: '1' } };
}

/** The slices that a first look makes. */
function made(given: Partial<SlicesSnapshot>, endpointsMax?: number): Slice[] {
  return plan(given, endpointsMax).actions.flatMap((action, i) => (action.do === 'create' ? [stored(action.object, `web-${i}`)] : []));
}

function told(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    switch (action.do) {
      case 'event': return `${action.reason}: ${action.message}`;
      case 'delete': return `delete ${action.target.name}`;
      case 'create': case 'update': {
        const { metadata, addressType, endpoints, ports } = action.object as discoveryV1.EndpointSlice; // as above
        return `${action.do} ${metadata.name ?? metadata.generateName ?? ''} ${addressType} ${(ports ?? []).map(({ port }) => port).join() || '-'}: ${(endpoints ?? []).map(({ targetRef }) => targetRef?.name).join() || '-'}`;
      }
      default: return action.do;
    }
  });
}

const range = (count: number): coreV1.Pod[] => Array.from({ length: count }, (_, i) => pod(`p${i}`, { ips: [`10.1.${Math.floor(i / 250)}.${i % 250}`] }));
const dual = service({ ipFamilies: ['IPv4', 'IPv6'] });
const named = service({ ports: [{ port: 80, protocol: 'TCP', targetPort: 'web' }] });
const two = [pod('a'), pod('b')];

test.each<[string, Partial<SlicesSnapshot>, string[]]>([
  ['a Service without pods, by a slice that says so', {}, ['create web- IPv4 -: -']],
  ['each family, by one', { service: dual }, ['create web- IPv4 -: -', 'create web- IPv6 -: -']],
  ['pods', { pods: two }, ['create web- IPv4 80: a,b']],
  ['pods of each family', { service: dual, pods: [pod('a', { ips: ['10.0.0.1', 'fd00::1'] }), pod('b', { ips: ['fd00::2'] })] }, ['create web- IPv4 80: a', 'create web- IPv6 80: a,b']],
  ['a headless Service of before families, in both', { service: service({ ipFamilies: [], clusterIP: 'None' }), pods: [pod('a')] }, ['create web- IPv4 80: a', 'create web- IPv6 -: -']],
  ['a Service of before families, in its own', { service: service({ ipFamilies: [], clusterIP: 'fd00::9' }), pods: [pod('a', { ips: ['fd00::1'] })] }, ['create web- IPv6 80: a']],
  ['pods that differ in ports, apart', { service: named, pods: [pod('a', { web: 1 }), pod('b', { web: 2 }), pod('c', { web: 1 }), pod('d')] }, ['create web- IPv4 1: a,c', 'create web- IPv4 2: b', 'create web- IPv4 -: d']],
  ['a headless Service without ports', { service: service({ ports: [], clusterIP: 'None' }), pods: [pod('a')] }, ['create web- IPv4 -: a']],
  ['no pods that have ended or have no address', { pods: [pod('a', { phase: 'Failed' }), pod('b', { phase: 'Succeeded' }), pod('c', { ips: [] })] }, ['create web- IPv4 -: -']],
  ['what stands', { pods: two, slices: made({ pods: two }) }, []],
  ['the empty one that stands', { slices: made({}) }, []],
  ['the first pod, in the empty one', { pods: [pod('a')], slices: made({}) }, ['update web-0 IPv4 80: a']],
  ['the last pod going', { slices: made({ pods: two }) }, ['update web-0 IPv4 -: -']],
  ['other ports, in the old slice', { service: service({ ports: [{ port: 81, protocol: 'TCP' }] }), pods: two, slices: made({ pods: two }) }, ['update web-0 IPv4 81: a,b']],
  ['a family that is no more', { pods: two, slices: made({ service: dual, pods: two }) }, ['delete web-1']],
  ['a slice of an odd address type', { pods: two, slices: made({ pods: two }).map((slice) => ({ ...slice, addressType: 'IP' })) }, ['create web- IPv4 80: a,b', 'delete web-0']],
  ['slices of a Service of before, which it does not reuse', { pods: two, slices: made({ pods: two }).map((slice) => ({ ...slice, metadata: { ...slice.metadata, ownerReferences: [{ ...OWNER, uid: 'old' }] } })) }, ['create web- IPv4 80: a,b', 'delete web-0']],
  ['new labels of an empty Service', { service: service({}, { labels: { x: 'y' } }), slices: made({}) }, ['update web-0 IPv4 -: -']],
  ['new labels', { service: service({}, { labels: { x: 'y' } }), pods: two, slices: made({ pods: two }) }, ['update web-0 IPv4 80: a,b']],
  ['a Service that is being deleted, without new slices', { service: service({}, { deletionTimestamp: T0 }), pods: two }, []],
  ['one that is being deleted, in the slices it has', { service: service({}, { deletionTimestamp: T0 }), pods: [pod('a')], slices: made({ pods: two }) }, ['update web-0 IPv4 80: a']],
  ['a pod made anew under its old name', { pods: [pod('a', { uid: 'new' }), pod('b')], slices: made({ pods: two }) }, ['update web-0 IPv4 80: a,b']],
  ['a pod of a node nobody knows, not yet', { pods: [pod('a', { node: 'late' }), pod('b')] }, ['create web- IPv4 80: b', 'FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service ns/web: skipping Pod a for Service ns/web: Node late Not Found']],
  ['such a pod where any will do', { service: service({ publishNotReadyAddresses: true }), pods: [pod('a', { node: 'late' })] }, ['create web- IPv4 80: a']],
])('slices serve %s', (_name, given, want) => { expect(told(plan(given).actions)).toEqual(want); });

test('a full slice stays as it is while others are filled', () => {
  const slices = made({ pods: range(250) });
  expect(slices.map(({ endpoints }) => endpoints?.length)).toEqual([100, 100, 50]);
  const actions = plan({ pods: range(260), slices }).actions;
  expect(actions.map((action) => (action.do === 'update' ? [action.object.metadata.name, (action.object as discoveryV1.EndpointSlice).endpoints?.length] : action.do))).toEqual([['web-2', 60]]); // a slice
});

test.each<[string, PodShape, Partial<coreV1.ServiceSpec>, Partial<discoveryV1.Endpoint>]>([
  ['that is ready', {}, {}, { conditions: { ready: true, serving: true, terminating: false }, nodeName: 'node' }],
  ['that is not', { ready: false }, {}, { conditions: { ready: false, serving: false, terminating: false } }],
  ['that is being deleted and still serves', { deleted: true }, {}, { conditions: { ready: false, serving: true, terminating: true } }],
  ['that is being deleted', { deleted: true, ready: false }, {}, { conditions: { ready: false, serving: false, terminating: true } }],
  ['of a Service that wants any', { deleted: true, ready: false }, { publishNotReadyAddresses: true }, { conditions: { ready: true, serving: false, terminating: true } }],
  ['in a zone', { node: 'near' }, {}, { nodeName: 'near', zone: 'one' }],
  ['with a name', { host: 'one' }, {}, { hostname: 'one' }],
])('a pod %s is an endpoint', (_name, shape, spec, want) => {
  const [slice] = made({ service: service(spec), pods: [pod('a', shape)] });
  expect(slice?.endpoints?.[0]).toMatchObject(want);
});

test('a slice is the Service\'s, has its labels but for those of slices, and the time of what brought it', () => {
  const [slice] = made({ service: service({ clusterIP: 'None' }, { labels: { a: 'b', 'kubernetes.io/service-name': 'mine', 'endpointslice.kubernetes.io/managed-by': 'me' } }), triggerMs: Date.parse(T0) });
  expect(slice).toMatchObject({ endpoints: null, ports: null });
  expect(slice?.metadata).toMatchObject({ generateName: 'web-', namespace: 'ns', labels: { a: 'b', ...LABELS, 'service.kubernetes.io/headless': '' }, ownerReferences: [OWNER], annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': T0 } });
});

test.each<[string, (slices: Slice[]) => Partial<SlicesSnapshot>, string]>([
  ['made', () => ({ pods: two }), 'failed to create EndpointSlice for Service ns/web: no'],
  ['written', (slices) => ({ pods: [pod('a')], slices }), 'failed to update web-0 EndpointSlice for Service ns/web: no'],
  ['deleted', (slices) => ({ pods: two, slices: [...slices, { ...slices[0], ports: [], metadata: { ...slices[0]?.metadata, name: 'odd' } } as Slice] }), 'failed to delete odd EndpointSlice for Service ns/web: no'],
])('a slice that cannot be %s is told of', (_name, given, want) => {
  const [action] = plan(given(made({ pods: two }))).actions;
  const outcome = action !== undefined && 'otherwise' in action ? action.otherwise?.({ message: 'no' } as never) : undefined; // all that is read of the error
  expect({ did: told(outcome?.actions ?? []), handled: outcome?.handled ?? false }).toEqual({ did: [`FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service ns/web: ${want}`], handled: false });
});

describe('hints', () => {
  const shares = (): ReadonlyMap<string, number> => new Map([['one', 0.5], ['two', 0.5]]);
  const auto = (mode: string): coreV1.Service => service({}, { annotations: { 'service.kubernetes.io/topology-mode': mode } });
  const pods = [pod('a', { node: 'near' }), pod('b', { node: 'near' }), pod('c', { node: 'near' }), pod('d', { node: 'far' })];
  const zonesOf = (slices: readonly Slice[]): (string | undefined)[] => slices.flatMap(({ endpoints }) => endpoints ?? []).map(({ hints }) => hints && [...hints.forZones ?? [], ...hints.forNodes ?? []].map(({ name }) => name).join());

  test.each<[string, Partial<SlicesSnapshot>, (string | undefined)[], string[]]>([
    ['are not there unasked', { shares }, [undefined, undefined, undefined, undefined], []],
    ['give each zone its share', { service: auto('Auto'), shares }, ['two', 'one', 'one', 'two'], ['TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4']],
    ['are for their own zone where zones are unequal', { service: auto('auto'), shares: () => new Map([['one', 0.75], ['two', 0.25]]) }, ['one', 'one', 'one', 'two'], ['TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4']],
    ['are told of once', { service: auto('Auto'), shares, hints: { populated: true, counts: new Map() } }, ['two', 'one', 'one', 'two'], []],
    ['need to know zones', { service: auto('Auto') }, [undefined, undefined, undefined, undefined], ['TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4']],
    ['need enough endpoints', { service: auto('Auto'), shares, pods: [pod('a', { node: 'near' })] }, [undefined], ['TopologyAwareHintsDisabled: Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4']],
    ['need no zone to be overloaded', { service: auto('Auto'), shares: () => new Map([['one', 0.2], ['two', 0.7], ['three', 0.1]]), pods: pods.slice(1) }, [undefined, undefined, undefined], ['TopologyAwareHintsDisabled: Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 3 zones), addressType: IPv4']],
    ['need zones of all endpoints', { service: auto('Auto'), shares, pods: [...pods.slice(1), pod('e')] }, [undefined, undefined, undefined, undefined], ['TopologyAwareHintsDisabled: One or more endpoints do not have a zone specified, addressType: IPv4']],
    ['leave out who is not ready', { service: auto('Auto'), shares, pods: [...pods.slice(2), pod('e', { node: 'far', ready: false })] }, ['one', 'two', undefined], ['TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4']],
    ['heed the older annotation first', { service: service({}, { annotations: { 'service.kubernetes.io/topology-aware-hints': 'disabled', 'service.kubernetes.io/topology-mode': 'Auto' } }), shares }, [undefined, undefined, undefined, undefined], []],
    ['keep traffic in the zone', { service: service({ trafficDistribution: 'PreferSameZone' }) }, ['one', 'one', 'one', 'two'], []],
    ['keep it there under the older name', { service: service({ trafficDistribution: 'PreferClose' }) }, ['one', 'one', 'one', 'two'], []],
    ['keep it on the node', { service: service({ trafficDistribution: 'PreferSameNode' }), pods: [...pods.slice(2), pod('e')] }, ['one,near', 'two,far', 'node'], []],
    ['by share come before hints by distance', { service: { ...auto('Auto'), spec: service({ trafficDistribution: 'PreferClose' }).spec ?? {} }, shares }, ['two', 'one', 'one', 'two'], ['TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4']],
  ])('%s', (_name, given, want, events) => {
    const actions = plan({ pods, ...given }).actions;
    expect(zonesOf(made({ pods, ...given }))).toEqual(want);
    expect(told(actions.filter((action) => action.do === 'event'))).toEqual(events);
  });

  test('are taken back, with a word, once nobody asks for them', () => {
    const slices = made({ service: auto('Auto'), shares, pods });
    const { actions, hints } = plan({ pods, slices, hints: { populated: true, counts: new Map([['IPv4', new Map([['one', 2], ['two', 2]])]]) } });
    expect(zonesOf(actions.flatMap((action) => (action.do === 'update' ? [action.object as Slice] : [])))).toEqual([undefined, undefined, undefined, undefined]); // slices
    expect(told(actions.slice(1))).toEqual(['TopologyAwareHintsDisabled: Topology Aware Hints has been disabled, addressType: IPv4']);
    expect(hints).toEqual({ populated: false, counts: new Map() });
  });

  test.each<[string, Partial<SlicesSnapshot>]>([
    ['shares', { service: auto('Auto'), shares, hints: { populated: true, counts: new Map() } }],
    ['distance', { service: service({ trafficDistribution: 'PreferSameNode' }) }],
  ])('that fit are left alone: %s', (_name, given) => {
    expect(plan({ pods, slices: made({ pods, ...given }), ...given }).actions).toEqual([]);
  });

  test('follow the wish of the Service', () => {
    const slices = made({ pods, service: service({ trafficDistribution: 'PreferSameZone' }) });
    expect(told(plan({ pods, slices, service: service({ trafficDistribution: 'PreferSameNode' }) }).actions)).toEqual(['update web-0 IPv4 80: a,b,c,d']);
    expect(zonesOf(plan({ pods, slices }).actions.flatMap((action) => (action.do === 'update' ? [action.object as Slice] : [])))).toEqual([undefined, undefined, undefined, undefined]); // slices
  });
});
