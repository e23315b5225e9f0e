import type { coreV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import type { StrategyContext } from '../strategy.ts';
import { persistentVolumeStrategy } from './persistent-volume.ts';

type Volume = coreV1.PersistentVolume & KubeObject;
const CONTEXT: StrategyContext = { user: { name: 'u', uid: '', groups: [], extra: {} }, subresource: '', now: 0 };
const SPEC: coreV1.PersistentVolumeSpec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, volumeMode: 'Filesystem' };
const volume = (spec: object): Volume => ({ kind: 'PersistentVolume', apiVersion: 'v1', metadata: { name: 'v' }, spec: { ...SPEC, ...spec } });
const on = (key: string): coreV1.VolumeNodeAffinity => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] } });
const texts = (errors: readonly { field: string; message: string }[] = []): string[] => errors.map(({ field, message }) => `${field}: ${message}`);

describe('persistent volumes', () => {
  it.each<[object, string[]]>([
    [{ csi: { driver: 'a.b', volumeHandle: 'h' } }, []],
    [{ csi: { driver: '', nodePublishSecretRef: { name: 's' } } }, ['spec.csi.driver: Required value', 'spec.csi.volumeHandle: Required value', 'spec.csi.nodePublishSecretRef.namespace: Required value']],
    [{ nfs: { server: '' } }, ['spec.nfs.server: Required value', 'spec.nfs.path: Required value', 'spec.nfs.path: Invalid value: "": must be an absolute path']],
    [{ nfs: { server: 's', path: '/p' }, rbd: {}, cephfs: {} }, ['spec.rbd: Forbidden: may not specify more than 1 volume type', 'spec.cephFS: Forbidden: may not specify more than 1 volume type']],
    [{ iscsi: { targetPortal: 'p', iqn: 'x', lun: 256 } }, ['spec.iscsi.iqn: Invalid value: "x": must be valid format', 'spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive']],
    [{ glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } }, ['spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name']],
    [{ local: { path: '/a/../b' } }, ["spec.local.path: Invalid value: \"/a/../b\": must not contain '..'", 'spec.nodeAffinity: Required value: Local volume requires node affinity']],
    [{ hostPath: { path: '//' }, persistentVolumeReclaimPolicy: 'Recycle' }, ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"]],
    [{ hostPath: { path: '/x' }, nodeAffinity: {} }, ['spec.nodeAffinity.required: Required value: must specify required node constraints']],
    [{ hostPath: { path: '/x' }, volumeAttributesClassName: '' }, ['spec.volumeAttributesClassName: Required value: an empty string is disallowed', 'spec.csi: Required value: has to be specified when using volumeAttributesClassName']],
    [{}, ['spec: Required value: must specify a volume type']],
  ])('%j has the faults %j', (spec, expected) => { expect(texts(persistentVolumeStrategy.validate?.(volume(spec), CONTEXT))).toEqual(expected); });

  const csi = { driver: 'a.b', volumeHandle: 'h' };
  it.each<[string, object, object, number]>([
    ['take the secret they are expanded with', { csi }, { csi: { ...csi, controllerExpandSecretRef: { name: 's', namespace: 'n' } } }, 0],
    ['keep their handle', { csi }, { csi: { ...csi, volumeHandle: 'i' } }, 1],
    ['keep their nodes', { csi, nodeAffinity: on('a') }, { csi, nodeAffinity: on('b') }, 1],
    ['tell their nodes by newer labels', { csi, nodeAffinity: on('failure-domain.beta.kubernetes.io/zone') }, { csi, nodeAffinity: on('topology.kubernetes.io/zone') }, 0],
    ['are judged twice', { csi }, { csi, hostPath: { path: '/x' } }, 3],
    ['keep some class of attributes', { csi, volumeAttributesClassName: 'c' }, { csi }, 1],
  ])('%s', (_rule, before, after, faults) => { expect(persistentVolumeStrategy.validateUpdate?.(volume(after), volume(before), CONTEXT)).toHaveLength(faults); });

  it('are shown as Kubernetes holds them where they change', () => {
    const [, fault = ''] = /creation\n([\s\S]*)/.exec(texts(persistentVolumeStrategy.validateUpdate?.(volume({ csi: { ...csi, fsType: 'xfs' } }), volume({ csi }), CONTEXT)).join()) ?? [];
    expect(fault.split('\n').filter((line) => /^[-+]/.test(line))).toEqual(['-  "FSType": "",', '+  "FSType": "xfs",']);
  });

  it('get what their drivers assume', () => {
    const made = volume({ azureDisk: { diskName: 'd', diskURI: 'https://x' } });
    persistentVolumeStrategy.defaults?.(made);
    expect(made.spec?.azureDisk).toEqual({ diskName: 'd', diskURI: 'https://x', cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' });
  });

  it('warn of what is on its way out', () => {
    const old = volume({ persistentVolumeReclaimPolicy: 'Recycle', storageos: {}, nodeAffinity: on('beta.kubernetes.io/os') });
    expect(persistentVolumeStrategy.warnings?.({ ...old, metadata: { name: 'v', annotations: { 'volume.beta.kubernetes.io/mount-options': 'ro' } } }, undefined, CONTEXT)).toEqual([
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.storageOS: deprecated in v1.22, non-functional in v1.25+',
    ]);
  });
});
