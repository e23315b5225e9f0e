import type { coreV1 } from '@kubernode/api';
import { forbiddenField, formatTime, immutableField, invalidValue, notSupported, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { accessModeFaults, VOLUME_MODES } from '../shared/access-mode-rules.ts';
import { addFinalizer } from '../shared/finalizers.ts';
import { positiveQuantity } from '../shared/quantity-rules.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type Volume = coreV1.PersistentVolume & KubeObject;
type VolumeSpec = coreV1.PersistentVolumeSpec;

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

/** Where the volume is: exactly one of these. */
const SOURCES = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile',
  'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi',
] as const;

export const persistentVolumeStrategy: Strategy<Volume> = {
  judgesMetadataAgain: true,
  defaults(volume) {
    const spec = (volume.spec ??= {});
    if ((spec.persistentVolumeReclaimPolicy ?? '') === '') spec.persistentVolumeReclaimPolicy = 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
    volume.status = { phase: 'Pending', ...volume.status };
  },
  prepareForCreate(volume, { now }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) };
    addFinalizer(volume.metadata, 'kubernetes.io/pv-protection');
  },
  prepareForUpdate(volume, old, { subresource, now }) {
    if (subresource !== 'status' || volume.status === undefined) return;
    if (volume.status.phase !== old.status?.phase && volume.status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime) volume.status.lastPhaseTransitionTime = formatTime(now);
  },
  validate: ({ spec }) => specFaults(spec ?? {}),
  validateUpdate: (volume, old, { subresource }) => (subresource === 'status' ? [] : [...specFaults(volume.spec ?? {}), ...changeFaults(volume.spec ?? {}, old.spec ?? {})]),
  returnsDeletedObject: true,
};

function specFaults(spec: Readonly<VolumeSpec>): FieldError[] {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', storageClassName: className = '', volumeMode } = spec;
  return [
    ...(accessModes.length === 0 ? [required('spec.accessModes')] : accessModeFaults(accessModes)), ...capacityFaults(spec.capacity ?? {}),
    ...(policy === '' || RECLAIM_POLICIES.includes(policy) ? [] : [notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES)]),
    ...sourceFaults(spec),
    ...(className === '' ? [] : subdomainFaults(className).map((fault) => invalidValue('spec.storageClassName', className, fault))),
    ...(volumeMode === undefined || VOLUME_MODES.includes(volumeMode) ? [] : [notSupported('spec.volumeMode', volumeMode, VOLUME_MODES)]),
  ];
}

function capacityFaults(capacity: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(capacity);
  return [
    ...(names.length === 0 ? [required('spec.capacity')] : []),
    ...(names.length === 1 && names[0] === 'storage' ? [] : [notSupported('spec.capacity', names.length === 0 ? null : capacity, ['storage'])]),
    ...Object.entries(capacity).flatMap(([name, quantity]) => positiveQuantity(quantity, `spec.capacity[${name}]`)),
  ];
}

function sourceFaults(spec: Readonly<VolumeSpec>): FieldError[] {
  const [first, ...others] = SOURCES.filter((source) => spec[source] !== undefined);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  const errors = others.map((source) => forbiddenField(`spec.${source}`, 'may not specify more than 1 volume type'));
  if (spec.hostPath !== undefined) errors.push(...hostPathFaults(spec.hostPath.path ?? ''));
  if (spec.nfs !== undefined) errors.push(...nfsFaults(spec.nfs));
  if (spec.csi !== undefined) errors.push(...requiredTexts(spec.csi, 'spec.csi', ['driver', 'volumeHandle']));
  if (spec.local !== undefined) errors.push(...requiredTexts(spec.local, 'spec.local', ['path']), ...(spec.nodeAffinity?.required === undefined ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []));
  return errors;
}

function hostPathFaults(path: string): FieldError[] {
  if (path === '') return [required('spec.hostPath.path')];
  return path.split('/').includes('..') ? [invalidValue('spec.hostPath.path', path, "must not contain '..'")] : [];
}

function nfsFaults({ server = '', path = '' }: Readonly<Partial<coreV1.NFSVolumeSource>>): FieldError[] {
  return [
    ...requiredTexts({ server, path }, 'spec.nfs', ['server', 'path']),
    ...(path === '' || path.startsWith('/') ? [] : [invalidValue('spec.nfs.path', path, 'must be an absolute path')]),
  ];
}

function requiredTexts<T extends object>(object: T, path: string, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields.filter((field) => (object[field] ?? '') === '').map((field) => required(`${path}.${field}`));
}

function changeFaults(spec: Readonly<VolumeSpec>, old: Readonly<VolumeSpec>): FieldError[] {
  const changed = SOURCES.some((source) => !jsonEquals(spec[source], old[source]));
  const errors = changed ? [forbiddenField('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(sourceText(old), sourceText(spec))}`)] : [];
  return [...errors, ...immutableField(spec.volumeMode ?? null, old.volumeMode ?? null, 'volumeMode')];
}

function sourceText(spec: Readonly<VolumeSpec>): string {
  return JSON.stringify(Object.fromEntries(SOURCES.map((source) => [source.charAt(0).toUpperCase() + source.slice(1), spec[source] ?? null])), undefined, 1);
}
