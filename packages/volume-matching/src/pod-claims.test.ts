import type { coreV1 } from '@kubernode/api';
import { csiDriverOf, inTreePluginOf } from './csi-migration.ts';
import { claimNamesOf, isClaimOfPod } from './pod-claims.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u' }, spec: { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'c' } }, { name: 'b', emptyDir: {} }, { name: 'e', ephemeral: {} }] } } as unknown as coreV1.Pod; // containers do not matter

test('claimNamesOf finds the claims of volumes in order, those of ephemeral ones by pod and volume', () => {
  expect([claimNamesOf(pod), claimNamesOf({ ...pod, spec: { containers: [] } })]).toEqual([['c', 'p-e'], []]);
});

test.each<[string, boolean, Partial<coreV1.PersistentVolumeClaim['metadata']>]>([
  ['the pod controls it', true, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }] }],
  ['a former pod of the name does', false, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'old', controller: true }] }],
  ['the pod merely owns it', false, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }],
  ['nobody does', false, {}],
  ['it is in another namespace', false, { namespace: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }] }],
])('isClaimOfPod: %s', (_title, expected, metadata) => {
  expect(isClaimOfPod({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p-e', namespace: 'ns', ...metadata } }, pod)).toBe(expected);
});

test.each<[string | undefined, coreV1.PersistentVolumeSpec]>([
  ['ebs.csi.aws.com', { awsElasticBlockStore: { volumeID: 'x' } }], ['pd.csi.storage.gke.io', { gcePersistentDisk: { pdName: 'x' } }], ['cinder.csi.openstack.org', { cinder: { volumeID: 'x' } }],
  ['csi.vsphere.vmware.com', { vsphereVolume: { volumePath: 'x' } }], ['pxd.portworx.com', { portworxVolume: { volumeID: 'x' } }], [undefined, { hostPath: { path: '/d' } }],
])('the driver %s has replaced the plugin of %j', (driver, source) => {
  expect(csiDriverOf(inTreePluginOf(source) ?? '')).toBe(driver);
});
