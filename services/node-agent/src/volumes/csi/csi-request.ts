import type { CsiAccessMode, CsiMap, CsiVolumeCapability } from '@kubernode/rpc';
import { type Pod, podUid } from '../../pod/pod-facts.ts';
import type { VolumeSpec } from '../volume-spec.ts';
import type { DriverObject } from './driver-objects.ts';

/** Facts of a CSI volume, from where the pod or its claim has them. */
export interface CsiSource {
  driver: string;
  volumeHandle: string;
  readOnly: boolean;
  fsType: string;
  attributes: CsiMap;
  accessModes: readonly string[];
  lifecycle: 'Persistent' | 'Ephemeral';
  publishSecret: { name: string; namespace: string } | undefined;
  stageSecret: { name: string; namespace: string } | undefined;
  expandSecret: { name: string; namespace: string } | undefined;
}

export function csiSource({ inline, persistent, readOnly }: VolumeSpec, { pod, inlineHandle }: { pod: Pod; inlineHandle: string }): CsiSource | undefined {
  if (inline?.csi !== undefined) {
    const { driver, fsType = '', volumeAttributes = {}, nodePublishSecretRef, readOnly: inlineReadOnly = false } = inline.csi;
    const name = nodePublishSecretRef?.name;
    return {
      driver, fsType, attributes: volumeAttributes, readOnly: inlineReadOnly, lifecycle: 'Ephemeral', volumeHandle: inlineHandle, accessModes: ['ReadWriteOnce'],
      publishSecret: name === undefined ? undefined : { name, namespace: pod.metadata.namespace ?? '' }, stageSecret: undefined, expandSecret: undefined,
    };
  }
  const source = persistent?.spec?.csi;
  if (source === undefined) return undefined;
  const { driver, volumeHandle, fsType = '', volumeAttributes = {}, nodePublishSecretRef, nodeStageSecretRef, nodeExpandSecretRef } = source;
  const secret = (ref: { name?: string; namespace?: string } | undefined): { name: string; namespace: string } | undefined => (ref === undefined ? undefined : { name: ref.name ?? '', namespace: ref.namespace ?? '' });
  return {
    driver, volumeHandle, fsType, attributes: volumeAttributes, readOnly, lifecycle: 'Persistent', accessModes: persistent?.spec?.accessModes ?? [],
    publishSecret: secret(nodePublishSecretRef), stageSecret: secret(nodeStageSecretRef), expandSecret: secret(nodeExpandSecretRef),
  };
}

const PLAIN_MODES: Readonly<Record<string, CsiAccessMode>> = { ReadWriteOnce: 'SINGLE_NODE_WRITER', ReadOnlyMany: 'MULTI_NODE_READER_ONLY', ReadWriteMany: 'MULTI_NODE_MULTI_WRITER', ReadWriteOncePod: 'SINGLE_NODE_WRITER' };
const FINE_MODES: Readonly<Record<string, CsiAccessMode>> = { ...PLAIN_MODES, ReadWriteOnce: 'SINGLE_NODE_MULTI_WRITER', ReadWriteOncePod: 'SINGLE_NODE_SINGLE_WRITER' };

export interface CapabilityInput { source: CsiSource; block: boolean; mountOptions: readonly string[]; multiWriter: boolean; gid?: number | undefined }

/** Drivers that tell writers of one node apart get modes that do. */
export function volumeCapability({ source: { accessModes, fsType }, block, mountOptions, multiWriter, gid }: CapabilityInput): CsiVolumeCapability {
  const mode = (multiWriter ? FINE_MODES : PLAIN_MODES)[accessModes[0] ?? 'ReadWriteOnce'] ?? 'UNKNOWN';
  if (block) return { accessMode: { mode }, block: {} };
  return { accessMode: { mode }, mount: { fsType, mountFlags: mountOptions, ...(gid !== undefined && { volumeMountGroup: String(gid) }) } };
}

/** What a driver that wants it is told of the pod. */
export function podInfo(pod: Pod, { lifecycle }: CsiSource): CsiMap {
  return {
    'csi.storage.k8s.io/pod.name': pod.metadata.name, 'csi.storage.k8s.io/pod.namespace': pod.metadata.namespace ?? '', 'csi.storage.k8s.io/pod.uid': podUid(pod),
    'csi.storage.k8s.io/serviceAccount.name': pod.spec?.serviceAccountName ?? '', 'csi.storage.k8s.io/ephemeral': String(lifecycle === 'Ephemeral'),
  };
}

/** Why a driver does not do volumes of this kind; undefined when it does. Without an object it does persistent ones. */
export function lifecycleFault(object: DriverObject | undefined, { lifecycle, driver }: CsiSource): string | undefined {
  if (object === undefined) return lifecycle === 'Persistent' ? undefined : `volume mode "${lifecycle}" not supported by driver ${driver} (no CSIDriver object)`;
  const modes = object.spec.volumeLifecycleModes ?? ['Persistent'];
  return modes.includes(lifecycle) ? undefined : `volume mode "${lifecycle}" not supported by driver ${driver} (only supports [${modes.map((mode) => `"${mode}"`).join(' ')}])`;
}

/** Whether the node gives the files to the pod's group; a driver may do it itself, or want it always or never. */
export function appliesGroup(object: DriverObject | undefined, { readOnly, fsType, accessModes }: CsiSource): boolean {
  const policy = object?.spec.fsGroupPolicy ?? 'ReadWriteOnceWithFSType';
  if (policy === 'None' || readOnly) return false;
  if (policy === 'File') return true;
  return fsType !== '' && accessModes.some((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
}
