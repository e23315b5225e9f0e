import { normalize } from 'node:path/posix';
import type { coreV1 } from '@kubernode/api';
import { forbiddenField, formatTime, immutableField, invalidValue, notSupported, required, subdomainFaults, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { accessModeFaults, VOLUME_MODES } from '../shared/access-mode-rules.ts';
import { addFinalizer } from '../shared/finalizers.ts';
import { positiveQuantity } from '../shared/quantity-rules.ts';
import { internalJson, internalText } from '../shared/go-text/internal-json.ts';
import { nodeSelectorFaults } from '../shared/pod-spec/affinity.ts';
import { defaultRemoteVolume } from '../shared/pod-spec/volume-defaults.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';
import { VOLUME_SOURCES, volumeSourceFaults } from './persistent-volume-sources.ts';
import { persistentVolumeWarnings } from './persistent-volume-warnings.ts';

type Volume = coreV1.PersistentVolume & KubeObject;
type VolumeSpec = coreV1.PersistentVolumeSpec;

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];

export const persistentVolumeStrategy: Strategy<Volume> = {
  judgesMetadataAgain: true,
  defaults(volume) {
    const spec = (volume.spec ??= {});
    if ((spec.persistentVolumeReclaimPolicy ?? '') === '') spec.persistentVolumeReclaimPolicy = 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
    defaultRemoteVolume(spec);
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
  validate: specFaults,
  /** Kubernetes judges the volume twice, which shows in how often a fault is told. */
  validateUpdate: (volume, old, { subresource }) => (subresource === 'status' ? [] : [...specFaults(volume), ...specFaults(volume), ...changeFaults(volume.spec ?? {}, old.spec ?? {})]),
  warnings: persistentVolumeWarnings,
  returnsDeletedObject: true,
};

function specFaults({ metadata, spec = {} }: Readonly<Volume>): FieldError[] {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', storageClassName: className = '', volumeMode } = spec;
  return [
    ...(accessModes.length === 0 ? [required('spec.accessModes')] : accessModeFaults(accessModes)), ...capacityFaults(spec.capacity ?? {}),
    ...(policy === '' || RECLAIM_POLICIES.includes(policy) ? [] : [notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES)]),
    ...affinityFaults(spec.nodeAffinity), ...volumeSourceFaults(spec, metadata.name), ...recycleFaults(spec),
    ...(className === '' ? [] : subdomainFaults(className).map((fault) => invalidValue('spec.storageClassName', className, fault))),
    ...(volumeMode === undefined || VOLUME_MODES.includes(volumeMode) ? [] : [notSupported('spec.volumeMode', volumeMode, VOLUME_MODES)]), ...attributesFaults(spec),
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

/** A host's root is never emptied. */
function recycleFaults({ hostPath, persistentVolumeReclaimPolicy }: Readonly<VolumeSpec>): FieldError[] {
  if (persistentVolumeReclaimPolicy !== 'Recycle' || hostPath === undefined || normalize(hostPath.path ?? '').replace(/\/+$/, '') !== '') return [];
  return [forbiddenField('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")];
}

function affinityFaults(affinity: VolumeSpec['nodeAffinity']): FieldError[] {
  if (affinity === undefined) return [];
  return affinity.required === undefined ? [required('spec.nodeAffinity.required', 'must specify required node constraints')] : nodeSelectorFaults(affinity.required, 'spec.nodeAffinity.required');
}

function attributesFaults({ volumeAttributesClassName: name, csi }: Readonly<VolumeSpec>): FieldError[] {
  if (name === undefined) return [];
  return [
    ...(name === '' ? [required('spec.volumeAttributesClassName', 'an empty string is disallowed')] : subdomainFaults(name).map((fault) => invalidValue('spec.volumeAttributesClassName', name, fault))),
    ...(csi === undefined ? [required('spec.csi', 'has to be specified when using volumeAttributesClassName')] : []),
  ];
}

function changeFaults(spec: Readonly<VolumeSpec>, old: Readonly<VolumeSpec>): FieldError[] {
  const compared = old.csi !== undefined && old.csi.controllerExpandSecretRef === undefined && spec.csi?.controllerExpandSecretRef !== undefined ? withoutExpandSecret(spec, spec.csi) : spec;
  const changed = VOLUME_SOURCES.some((source) => !jsonEquals(compared[source], old[source]));
  const errors = changed ? [forbiddenField('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(internalText('PersistentVolumeSource', old), internalText('PersistentVolumeSource', compared))}`)] : [];
  errors.push(...immutableField(spec.volumeMode ?? null, old.volumeMode ?? null, 'volumeMode'));
  if (old.nodeAffinity !== undefined && !jsonEquals(withCurrentLabels(spec.nodeAffinity), withCurrentLabels(old.nodeAffinity))) {
    errors.push(invalidValue('nodeAffinity', spec.nodeAffinity === undefined ? null : internalJson('VolumeNodeAffinity', spec.nodeAffinity), 'field is immutable, except for updating from beta label to GA'));
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}

/** The secret by which a volume is expanded may be added later on. */
function withoutExpandSecret(spec: Readonly<VolumeSpec>, { controllerExpandSecretRef: _added, ...csi }: Readonly<coreV1.CSIPersistentVolumeSource>): VolumeSpec {
  return { ...spec, csi };
}

const CURRENT_LABELS: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'], ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'], ['beta.kubernetes.io/arch', 'kubernetes.io/arch'], ['beta.kubernetes.io/os', 'kubernetes.io/os'],
]);

/** A volume's nodes may be told by the labels that took the place of beta ones. */
function withCurrentLabels(affinity: VolumeSpec['nodeAffinity']): unknown {
  return affinity?.required?.nodeSelectorTerms.map(({ matchExpressions = [], matchFields = [] }) => ({ matchFields, matchExpressions: matchExpressions.map((one) => ({ ...one, key: CURRENT_LABELS.get(one.key) ?? one.key })) }));
}
