import { coreV1Resources, storageV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { TestCluster, testNode as node, testPod as pod } from '../test-support/test-cluster.ts';

const HOSTS = { nodeAffinity: (host: string) => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] }] } }) };
const NO_HELP = (nodes: number): string => `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
/** DynamicResources was not asked. */
const NOT_ASKED = 'not found';

type Stored = readonly [ResourceRef, object];

function claim(name: string, { volumeName, storageClassName, accessModes = ['ReadWriteOnce'], annotations, ...more }: Partial<coreV1.PersistentVolumeClaimSpec> & { annotations?: Record<string, string>; deletionTimestamp?: string; phase?: string } = {}): Stored {
  const bound = volumeName === undefined ? {} : { 'pv.kubernetes.io/bind-completed': 'yes' };
  return [coreV1Resources.persistentvolumeclaims, {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', annotations: { ...bound, ...annotations }, ...(more.deletionTimestamp !== undefined && { deletionTimestamp: more.deletionTimestamp }) },
    spec: { accessModes, resources: { requests: { storage: '1Gi' } }, ...(volumeName !== undefined && { volumeName }), ...(storageClassName !== undefined && { storageClassName }) }, ...(more.phase !== undefined && { status: { phase: more.phase } }),
  }];
}

function volume(name: string, { labels = {}, ...spec }: Partial<coreV1.PersistentVolumeSpec> & { labels?: Record<string, string> } = {}): Stored {
  return [coreV1Resources.persistentvolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, labels, resourceVersion: '1' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec }, status: { phase: 'Available' } }];
}

function storageClass(name: string, { provisioner = 'csi.test', volumeBindingMode = 'WaitForFirstConsumer', ...more }: { provisioner?: string; volumeBindingMode?: string; allowedTopologies?: coreV1.TopologySelectorTerm[] } = {}): Stored {
  return [storageV1Resources.storageclasses, { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner, volumeBindingMode, ...more }];
}

const uses = (...claims: string[]): coreV1.Pod => pod({ volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) });
const limit = (name: string, count: number): Stored => [storageV1Resources.csinodes, { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name }, spec: { drivers: [{ name: 'csi.test', nodeID: name, allocatable: { count } }] } }];
const csiVolume = (name: string): Stored => volume(name, { csi: { driver: 'csi.test', volumeHandle: name } });

describe('volumes', () => {
  test.each<[string, [coreV1.Node, ...coreV1.Pod[]][], Stored[], coreV1.Pod, string]>([
    ['no such claim', [[node('a')]], [], uses('c'), `0/1 nodes are available: persistentvolumeclaim "c" not found. ${NOT_ASKED}`],
    ['a claim that waits for nobody', [[node('a')]], [claim('c', { storageClassName: 's' }), storageClass('s', { volumeBindingMode: 'Immediate' })], uses('c'), `0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${NOT_ASKED}`],
    ['a claim that is going', [[node('a')]], [claim('c', { volumeName: 'v', deletionTimestamp: 'now' }), volume('v')], uses('c'), `0/1 nodes are available: persistentvolumeclaim "c" is being deleted. ${NOT_ASKED}`],
    ['a claim whose volume is lost', [[node('a')]], [claim('c', { volumeName: 'v', phase: 'Lost' })], uses('c'), `0/1 nodes are available: persistentvolumeclaim "c" bound to non-existent persistentvolume "v". ${NOT_ASKED}`],
    ['an ephemeral volume without a claim yet', [[node('a')]], [], pod({ name: 'p', volumes: [{ name: 'scratch', ephemeral: {} }] }), `0/1 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch". ${NOT_ASKED}`],
    ['a bound volume of one host', [[node('a')], [node('b')]], [claim('c', { volumeName: 'v' }), volume('v', { nodeAffinity: HOSTS.nodeAffinity('b') })], uses('c'), 'b'],
    ['a bound volume that no node reaches', [[node('a')]], [claim('c', { volumeName: 'v' }), volume('v', { nodeAffinity: HOSTS.nodeAffinity('z') })], uses('c'), `0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity. ${NO_HELP(1)}`],
    ['a volume that is free on one host', [[node('a')], [node('b')]], [claim('c', { storageClassName: 's' }), storageClass('s', { provisioner: 'kubernetes.io/no-provisioner' }), volume('v', { storageClassName: 's', nodeAffinity: HOSTS.nodeAffinity('b') })], uses('c'), 'b'],
    ['no free volume, and nobody who makes one', [[node('a')]], [claim('c', { storageClassName: 's' }), storageClass('s', { provisioner: 'kubernetes.io/no-provisioner' })], uses('c'), `0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind. ${NO_HELP(1)}`],
    ['a volume to be made where it may be', [[node('a')], [node('b', { labels: { zone: 'z' } })]], [claim('c', { storageClassName: 's' }), storageClass('s', { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['z'] }] }] })], uses('c'), 'b'],
    ['a volume asked for on another node', [[node('a')], [node('b')]], [claim('c', { storageClassName: 's', annotations: { 'volume.kubernetes.io/selected-node': 'b' } }), storageClass('s')], uses('c'), 'b'],
    ['a full store', [[node('a')]], [claim('c', { storageClassName: 's' }), storageClass('s'), [storageV1Resources.csidrivers, { metadata: { name: 'csi.test' }, spec: { storageCapacity: true } }], [storageV1Resources.csistoragecapacities, { metadata: { name: 'x', namespace: 'ns' }, storageClassName: 's', nodeTopology: {}, capacity: '1Mi' }]], uses('c'), `0/1 nodes are available: 1 node(s) did not have enough free storage. ${NO_HELP(1)}`],
    ['a volume of a zone', [[node('a', { labels: { 'topology.kubernetes.io/zone': 'x' } })], [node('b', { labels: { 'topology.kubernetes.io/zone': 'y' } })]], [claim('c', { volumeName: 'v' }), volume('v', { labels: { 'topology.kubernetes.io/zone': 'y__z' } })], uses('c'), 'b'],
    ['a claim that one pod uses alone', [[node('a'), uses('c')]], [claim('c', { volumeName: 'v', accessModes: ['ReadWriteOncePod'] }), volume('v')], uses('c'), '0/1 nodes are available: 1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'],
    ['as many volumes as a driver can attach', [[node('a'), uses('d')], [node('b')]], [claim('c', { volumeName: 'v' }), claim('d', { volumeName: 'w' }), csiVolume('v'), csiVolume('w'), limit('a', 1), limit('b', 1)], uses('c'), 'b'],
    ['a volume that is attached already', [[node('a'), uses('c')]], [claim('c', { volumeName: 'v' }), csiVolume('v'), limit('a', 1)], uses('c'), 'a'],
  ])('%s', (_name, nodes, objects, subject, want) => {
    expect(new TestCluster(nodes, { objects }).place(subject)).toBe(want);
  });

  test('a volume that was given away in a decision is not given away in the next', () => {
    const cluster = new TestCluster([[node('a')]], { objects: [claim('c', { storageClassName: 's' }), claim('d', { storageClassName: 's' }), storageClass('s', { provisioner: 'kubernetes.io/no-provisioner' }), volume('v', { storageClassName: 's' })] });
    const reserved = cluster.reserve(uses('c'));
    expect(cluster.place(uses('d'))).toContain("didn't find available persistent volumes to bind");
    reserved.undo();
    expect(cluster.place(uses('d'))).toBe('a');
  });
});
