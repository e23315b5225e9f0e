import type { coreV1, storageV1 } from '@kubernode/api';
import { computeCsiNode, withDriver, withMigratedPlugins, withoutDriver } from './compute-csi-node.ts';
import { computeRegistrations, highestVersion } from './compute-registrations.ts';
import { appliesGroup, type CsiSource, csiSource, lifecycleFault, podInfo, volumeCapability } from './csi-request.ts';

const node = computeCsiNode({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'u' } });
const facts = { name: 'd', nodeId: 'i', topologyKeys: ['a', 'b'], volumesMax: 0 };

test('a CSINode gets a driver once, follows its changes, and loses it', () => {
  const one = withDriver(node, facts);
  expect(one.spec.drivers).toEqual([{ name: 'd', nodeID: 'i', topologyKeys: ['a', 'b'] }]);
  expect([withDriver(one, facts), withMigratedPlugins(one), withoutDriver(one, 'other')]).toEqual([one, one, one]);
  expect(withDriver(one, { ...facts, volumesMax: 2 ** 40 }).spec.drivers[0]?.allocatable).toEqual({ count: 2 ** 31 - 1 });
  expect(withoutDriver(one, 'd').spec.drivers).toEqual([]);
  const empty = { ...node, spec: { drivers: null as unknown as [] } }; // as servers show it
  expect([withDriver(empty, facts).spec.drivers.length, withoutDriver(empty, 'd')]).toEqual([1, empty]);
});

test('computeRegistrations: new sockets, sockets that were made anew, and gone ones; failed ones wait', () => {
  const socket = (path: string, identity = '1') => ({ path, identity });
  const registered = (path: string) => ({ ...socket(path), plugin: 'CSIPlugin/x' });
  expect(computeRegistrations({
    found: [socket('same'), socket('anew', '2'), socket('new'), socket('failed')], registered: [registered('same'), registered('anew'), registered('gone')], retryAtMs: new Map([['failed', 11]]), nowMs: 10,
  })).toEqual({ unregister: [registered('anew'), registered('gone')], register: [socket('anew', '2'), socket('new')] });
});

test.each([[['1.0.0'], '1.0.0'], [['1.2', 'v1.10.3', '0.9.0', '2.0.0'], '1.10.3'], [['0.3.0', '2.0.0'], undefined], [[], undefined]])('highestVersion of %j is %s', (versions, expected) => {
  expect(highestVersion(versions)).toBe(expected);
});

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { containers: [], serviceAccountName: 'sa' } } as coreV1.Pod;
const inline = (csi: object): CsiSource => csiSource({ outerName: 'v', name: 'v', readOnly: false, block: false, inline: { name: 'v', csi: { driver: 'd', ...csi } } }, { pod, inlineHandle: 'h' }) as CsiSource; // it is one
const claimed = (spec: object, readOnly = false): CsiSource => csiSource({ outerName: 'v', name: 'pv', readOnly, block: false, persistent: { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h1', fsType: 'ext4' }, ...spec } } }, { pod, inlineHandle: 'h' }) as CsiSource; // it is one

test('csiSource: a pod\'s own volume names secrets of the pod\'s namespace alone', () => {
  expect(inline({ nodePublishSecretRef: { name: 's' }, readOnly: true })).toMatchObject({ lifecycle: 'Ephemeral', volumeHandle: 'h', readOnly: true, publishSecret: { name: 's', namespace: 'ns' }, stageSecret: undefined });
  expect(claimed({ csi: { driver: 'd', volumeHandle: 'h1', nodeStageSecretRef: { name: 's', namespace: 'other' } } })).toMatchObject({ lifecycle: 'Persistent', volumeHandle: 'h1', stageSecret: { name: 's', namespace: 'other' } });
});

test.each([
  [['ReadWriteOnce'], false, 'SINGLE_NODE_WRITER'], [['ReadWriteOnce'], true, 'SINGLE_NODE_MULTI_WRITER'], [['ReadWriteOncePod'], false, 'SINGLE_NODE_WRITER'], [['ReadWriteOncePod'], true, 'SINGLE_NODE_SINGLE_WRITER'],
  [['ReadOnlyMany', 'ReadWriteMany'], false, 'MULTI_NODE_READER_ONLY'], [['ReadWriteMany'], true, 'MULTI_NODE_MULTI_WRITER'], [[], false, 'SINGLE_NODE_WRITER'],
])('volumeCapability: %j, driver tells writers apart %s: %s', (accessModes, multiWriter, mode) => {
  expect(volumeCapability({ source: claimed({ accessModes }), block: false, mountOptions: ['ro'], multiWriter, gid: 5 })).toEqual({ accessMode: { mode }, mount: { fsType: 'ext4', mountFlags: ['ro'], volumeMountGroup: '5' } });
});

const object = (spec: Partial<storageV1.CSIDriverSpec>): storageV1.CSIDriver => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'd' }, spec });

test.each<[storageV1.CSIDriver | undefined, CsiSource, boolean]>([
  [undefined, claimed({}), true], [undefined, claimed({ accessModes: ['ReadWriteMany'] }), false], [undefined, claimed({ csi: { driver: 'd', volumeHandle: 'h' } }), false], [undefined, claimed({}, true), false],
  [object({ fsGroupPolicy: 'None' }), claimed({}), false], [object({ fsGroupPolicy: 'File' }), claimed({ accessModes: ['ReadWriteMany'], csi: { driver: 'd', volumeHandle: 'h' } }), true], [object({ fsGroupPolicy: 'ReadWriteOnceWithFSType' }), inline({ fsType: 'xfs' }), true],
])('appliesGroup: %#', (driver, source, expected) => { expect(appliesGroup(driver, source)).toBe(expected); });

test('lifecycleFault: without an object a driver does claimed volumes alone', () => {
  expect([lifecycleFault(undefined, claimed({})), lifecycleFault(undefined, inline({})), lifecycleFault(object({ volumeLifecycleModes: ['Ephemeral'] }), claimed({}))]).toEqual([
    undefined, 'volume mode "Ephemeral" not supported by driver d (no CSIDriver object)', 'volume mode "Persistent" not supported by driver d (only supports ["Ephemeral"])',
  ]);
});

test('podInfo tells of the pod under the keys that drivers know', () => {
  expect(podInfo(pod, inline({}))).toEqual({ 'csi.storage.k8s.io/pod.name': 'p', 'csi.storage.k8s.io/pod.namespace': 'ns', 'csi.storage.k8s.io/pod.uid': 'u', 'csi.storage.k8s.io/serviceAccount.name': 'sa', 'csi.storage.k8s.io/ephemeral': 'true' });
});
