import type { coreV1, storageV1 } from '@kubernode/api';
import { accessModesText, age } from '../cell-text.ts';
import { definePrinter, type Printer } from '../printer.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_ANNOTATIONS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

const persistentVolumes = definePrinter<coreV1.PersistentVolume>({
  group: '', resource: 'persistentvolumes',
  columns: 'Name! | Capacity | Access Modes | Reclaim Policy | Status | Claim | StorageClass | VolumeAttributesClass | Reason | Age | VolumeMode+',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.capacity?.['storage'] ?? '0', accessModesText(spec?.accessModes), spec?.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating', spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
    metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '', spec?.volumeAttributesClassName ?? '<unset>', status?.reason ?? '',
    age(metadata.creationTimestamp, now), spec?.volumeMode ?? '<unset>',
  ],
});

const persistentVolumeClaims = definePrinter<coreV1.PersistentVolumeClaim>({
  group: '', resource: 'persistentvolumeclaims',
  columns: 'Name! | Status | Volume | Capacity | Access Modes | StorageClass | VolumeAttributesClass | Age | VolumeMode+',
  cells({ metadata, spec, status }, now) {
    const volume = spec?.volumeName ?? '';
    return [
      metadata.name, metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating', volume,
      volume === '' ? '' : status?.capacity?.['storage'] ?? '0', volume === '' ? '' : accessModesText(status?.accessModes),
      metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? '', spec?.volumeAttributesClassName ?? '<unset>', age(metadata.creationTimestamp, now),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});

const storageClasses = definePrinter<storageV1.StorageClass>({
  group: 'storage.k8s.io', resource: 'storageclasses', columns: 'Name! | Provisioner | ReclaimPolicy | VolumeBindingMode | AllowVolumeExpansion | Age',
  cells: ({ metadata, provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion }, now) => [
    DEFAULT_ANNOTATIONS.some((name) => metadata.annotations?.[name] === 'true') ? `${metadata.name} (default)` : metadata.name,
    provisioner ?? '', reclaimPolicy ?? 'Delete', volumeBindingMode ?? 'Immediate', allowVolumeExpansion ?? false, age(metadata.creationTimestamp, now),
  ],
});

const volumeAttributesClasses = definePrinter<storageV1.VolumeAttributesClass>({
  group: 'storage.k8s.io', resource: 'volumeattributesclasses', columns: 'Name! | DriverName | Age',
  cells: ({ metadata, driverName }, now) => [metadata.name, driverName ?? '', age(metadata.creationTimestamp, now)],
});

const volumeAttachments = definePrinter<storageV1.VolumeAttachment>({
  group: 'storage.k8s.io', resource: 'volumeattachments', columns: 'Name! | Attacher! | PV | Node | Attached:boolean | Age',
  cells: ({ metadata, spec, status }, now) => [
    metadata.name, spec?.attacher ?? '', spec?.source?.persistentVolumeName ?? '', spec?.nodeName ?? '', status?.attached ?? false, age(metadata.creationTimestamp, now),
  ],
});

const csiDrivers = definePrinter<storageV1.CSIDriver>({
  group: 'storage.k8s.io', resource: 'csidrivers',
  columns: 'Name! | AttachRequired:boolean | PodInfoOnMount:boolean | StorageCapacity:boolean | TokenRequests | RequiresRepublish:boolean | Modes | Age',
  cells({ metadata, spec }, now) {
    const modes = (spec?.volumeLifecycleModes ?? []).join(',');
    return [
      metadata.name, spec?.attachRequired ?? true, spec?.podInfoOnMount ?? false, spec?.storageCapacity ?? false,
      spec?.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>', spec?.requiresRepublish ?? false, modes === '' ? '<none>' : modes, age(metadata.creationTimestamp, now),
    ];
  },
});

const csiNodes = definePrinter<storageV1.CSINode>({
  group: 'storage.k8s.io', resource: 'csinodes', columns: 'Name! | Drivers:integer | Age',
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.drivers?.length ?? 0, age(metadata.creationTimestamp, now)],
});

export const storagePrinters: readonly Printer[] = [
  persistentVolumes, persistentVolumeClaims, storageClasses, volumeAttributesClasses, volumeAttachments, csiDrivers, csiNodes,
];
