import type { coreV1, discoveryV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { reconcileMirror, type MirrorSnapshot } from './reconcile-mirror.ts';

const service: coreV1.Service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'ns' }, spec: { ports: [{ port: 80, protocol: 'TCP' }] } };
const ports = [{ port: 80, protocol: 'TCP' }];

function endpoints(subsets: coreV1.EndpointSubset[], metadata: Partial<coreV1.Endpoints['metadata']> = {}): coreV1.Endpoints {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'ns', uid: 'e', ...metadata }, subsets };
}

const range = (count: number, from = 0): coreV1.EndpointAddress[] => Array.from({ length: count }, (_, i) => ({ ip: `10.0.${Math.floor((from + i) / 250)}.${(from + i) % 250}` }));

function mirror(snapshot: Partial<MirrorSnapshot>, addressesMax = 1000): readonly Action[] {
  const { actions } = reconcileMirror({ endpoints: undefined, service, slices: [], ...snapshot }, { addressesMax });
  return actions.flatMap((action) => (action.do === 'all' ? action.actions : [action]));
}

/** What the first look at Endpoints makes, as the server stores it. */
function mirrored(of: coreV1.Endpoints): discoveryV1.EndpointSlice[] {
  return mirror({ endpoints: of }).flatMap((action, i) => (action.do === 'create' ? [{ ...action.object as discoveryV1.EndpointSlice, metadata: { ...(action.object as discoveryV1.EndpointSlice).metadata, name: `web-${i}`, uid: `s${i}`, resourceVersion: '1' } }] : [])); // slices are all it makes
}

const told = (actions: readonly Action[]): string[] => actions.map((action) => {
  switch (action.do) {
    case 'event': return `${action.reason}: ${action.message}`;
    case 'delete': return `delete ${action.target.name}`;
    case 'create': case 'update': {
      const { metadata, addressType, endpoints: list } = action.object as discoveryV1.EndpointSlice; // slices are all it writes
      return `${action.do} ${metadata.name ?? metadata.generateName ?? ''} ${addressType} ${list?.length ?? 0}`;
    }
    default: return action.do;
  }
});

test('a slice has what the Endpoints say, and what they are called', () => {
  const of = endpoints([{ addresses: [{ ip: '192.0.2.9', hostname: 'one', nodeName: 'n', targetRef: { kind: 'Pod', name: 'a' } }], notReadyAddresses: [{ ip: '192.0.2.10' }], ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'h2c' }] }], {
    labels: { a: 'b' }, annotations: { c: 'd', 'endpoints.kubernetes.io/last-change-trigger-time': 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
  });
  expect(mirror({ endpoints: of })).toMatchObject([{
    do: 'create',
    object: {
      addressType: 'IPv4', ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'h2c' }],
      metadata: {
        generateName: 'web-', namespace: 'ns', annotations: { c: 'd' },
        labels: { a: 'b', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name: 'web', uid: 'e', controller: true, blockOwnerDeletion: true }],
      },
      endpoints: [
        { addresses: ['192.0.2.9'], conditions: { ready: true }, hostname: 'one', nodeName: 'n', targetRef: { kind: 'Pod', name: 'a' } },
        { addresses: ['192.0.2.10'], conditions: { ready: false } },
      ],
    },
  }]);
});

const [three, four] = [endpoints([{ addresses: range(3), ports }]), endpoints([{ addresses: range(4), ports }])];
const dual = endpoints([{ addresses: [...range(2), { ip: 'fd00::1' }], ports }]);

test.each<[string, Partial<MirrorSnapshot>, string[]]>([
  ['Endpoints without subsets', { endpoints: endpoints([]) }, []],
  ['a subset without addresses', { endpoints: endpoints([{ ports }]) }, []],
  ['subsets of the same ports', { endpoints: endpoints([{ addresses: range(2), ports }, { addresses: range(2, 2), ports }]) }, ['create web- IPv4 4']],
  ['subsets of other ports', { endpoints: endpoints([{ addresses: range(2), ports }, { addresses: range(1, 9), ports: [{ port: 81 }] }]) }, ['create web- IPv4 1', 'create web- IPv4 2']],
  ['two families', { endpoints: dual }, ['create web- IPv4 2', 'create web- IPv6 1']],
  ['what is mirrored', { endpoints: dual, slices: mirrored(dual) }, []],
  ['what lacks an address', { endpoints: four, slices: mirrored(three) }, ['update web-0 IPv4 4']],
  ['what has an address too many', { endpoints: three, slices: mirrored(four) }, ['update web-0 IPv4 3']],
  ['a family that is no more', { endpoints: endpoints([{ addresses: range(2), ports }]), slices: mirrored(dual) }, ['delete web-1']],
  ['other ports, in the old slice', { endpoints: endpoints([{ addresses: range(3), ports: [{ port: 81 }] }]), slices: mirrored(three) }, ['update web-0 IPv4 3']],
  ['addresses that are not ready any more', { endpoints: endpoints([{ notReadyAddresses: range(3), ports }]), slices: mirrored(three) }, ['update web-0 IPv4 3']],
  ['new labels', { endpoints: { ...three, metadata: { ...three.metadata, labels: { a: 'b' } } }, slices: mirrored(three) }, ['update web-0 IPv4 3']],
  ['new annotations', { endpoints: { ...three, metadata: { ...three.metadata, annotations: { a: 'b' } } }, slices: mirrored(three) }, ['update web-0 IPv4 3']],
  ['only a trigger time', { endpoints: { ...three, metadata: { ...three.metadata, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'x' } } }, slices: mirrored(three) }, []],
  ['Endpoints made anew', { endpoints: { ...three, metadata: { ...three.metadata, uid: 'other' } }, slices: mirrored(three) }, ['update web-0 IPv4 3']],
  ['a slice too many', { endpoints: three, slices: [...mirrored(three), ...mirrored(three).map((one) => ({ ...one, metadata: { ...one.metadata, name: 'web-x' } }))] }, ['delete web-x']],
  ['Endpoints that are gone', { slices: mirrored(dual) }, ['delete web-0', 'delete web-1']],
  ['a Service that is gone', { endpoints: three, service: undefined, slices: mirrored(three) }, ['delete web-0']],
  ['a Service that selects now', { endpoints: three, service: { ...service, spec: { selector: { a: 'b' } } }, slices: mirrored(three) }, ['delete web-0']],
  ['Endpoints that want no mirror', { endpoints: { ...three, metadata: { ...three.metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } } }, slices: mirrored(three) }, ['delete web-0']],
  ['the lock of a leader', { endpoints: { ...three, metadata: { ...three.metadata, annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } } } }, []],
  ['Endpoints that are being deleted', { endpoints: { ...three, metadata: { ...three.metadata, deletionTimestamp: 'now' } } }, []],
  ['an address that is none', { endpoints: endpoints([{ addresses: [{ ip: 'host' }, ...range(1)], ports }]) }, ['InvalidIPAddress: Skipped 1 invalid IP addresses when mirroring to EndpointSlices', 'create web- IPv4 1']],
])('mirroring meets %s', (_name, snapshot, want) => { expect(told(mirror(snapshot))).toEqual(want); });

test('what is too much is left out, ready addresses last', () => {
  const actions = mirror({ endpoints: endpoints([{ addresses: range(3), notReadyAddresses: range(3, 10), ports }]) }, 4);
  expect(told(actions)).toEqual(['TooManyAddressesToMirror: A max of 4 addresses can be mirrored to EndpointSlices per Endpoints subset. 2 addresses were skipped', 'create web- IPv4 4']);
  const [, made] = actions;
  expect(made?.do === 'create' && (made.object as discoveryV1.EndpointSlice).endpoints?.map(({ conditions }) => conditions?.ready)).toEqual([true, true, true, false]); // a slice
});
