import { createHash } from 'node:crypto';
import type { coreV1, storageV1 } from '@kubernode/api';

type Volume = Readonly<coreV1.PersistentVolume>;
type Attachment = Readonly<storageV1.VolumeAttachment>;

/** A volume of a CSI driver, as nodes and attachments name it. */
export interface Attachable { driver: string; handle: string }

/** What of a volume can be attached; undefined for volumes of other kinds. */
export function attachableOf(volume: Volume | undefined): Attachable | undefined {
  const csi = volume?.spec?.csi;
  return csi === undefined ? undefined : { driver: csi.driver, handle: csi.volumeHandle };
}

const CSI_PREFIX = 'kubernetes.io/csi/';

/** The name under which a node's status has the volume. */
export function uniqueName({ driver, handle }: Attachable): string { return `${CSI_PREFIX}${driver}^${handle}`; }

/** Whether a name in a node's status is of a volume that is attached from here. */
export function isCsiName(name: string): boolean { return name.startsWith(CSI_PREFIX); }

/** The name that the attachment of a volume to a node has, and no other. */
export function attachmentName({ driver, handle }: Attachable, nodeName: string): string {
  return `csi-${createHash('sha256').update(`${handle}${driver}${nodeName}`).digest('hex')}`;
}

export function newAttachment(volume: Volume, attachable: Attachable, nodeName: string): storageV1.VolumeAttachment {
  return {
    apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name: attachmentName(attachable, nodeName) },
    spec: { attacher: attachable.driver, nodeName, source: { persistentVolumeName: volume.metadata.name } },
  };
}

export function isAttached({ metadata, status }: Attachment): boolean {
  return metadata.deletionTimestamp === undefined && status?.attached === true;
}

/** Whether several nodes may have the volume at once; without a word of it the driver is left to refuse. */
export function allowsManyNodes({ spec }: Volume): boolean {
  const modes = spec?.accessModes ?? [];
  return modes.length === 0 || modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany');
}
