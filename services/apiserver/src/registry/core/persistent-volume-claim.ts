import type { coreV1 } from '@kubernode/api';
import { compareQuantities, forbiddenField, immutableField, parseQuantity, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { unifiedDiff } from '@kubernode/base';
import { claimSpecFaults, claimSpecWarnings } from '../shared/claim-spec-rules.ts';
import { addFinalizer } from '../shared/finalizers.ts';
import type { Strategy } from '../strategy.ts';
import { jsonEquals } from '../write/json-equals.ts';

type Claim = coreV1.PersistentVolumeClaim & KubeObject;
type ClaimSpec = coreV1.PersistentVolumeClaimSpec;

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolumeClaimStrategy: Strategy<Claim> = {
  judgesMetadataAgain: true,
  defaults(claim) {
    const spec = (claim.spec ??= {});
    spec.volumeMode ??= 'Filesystem';
    claim.status = { phase: 'Pending', ...claim.status };
  },
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
    addFinalizer(claim.metadata, 'kubernetes.io/pvc-protection');
    if (claim.spec !== undefined) normaliseSources(claim.spec);
  },
  prepareForUpdate(claim, _old, { subresource }) {
    if (subresource === '' && claim.spec !== undefined) normaliseSources(claim.spec);
  },
  validate: ({ spec }) => claimSpecFaults(spec ?? {}, 'spec'),
  validateUpdate: (claim, old, { subresource }) => (subresource === 'status' ? [] : [...claimSpecFaults(claim.spec ?? {}, 'spec'), ...changeFaults(claim, old)]),
  warnings: ({ metadata, spec }) => [
    ...(metadata.annotations?.[CLASS_ANNOTATION] === undefined ? [] : [`metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`]),
    ...claimSpecWarnings(spec ?? {}, 'spec'),
  ],
  returnsDeletedObject: true,
};

/** The old field takes claims and snapshots only; both fields say the same. References into other namespaces are not served. */
function normaliseSources(spec: ClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSourceRef?.namespace !== undefined) delete spec.dataSourceRef;
  if (dataSource !== undefined && !isClassicSource(dataSource)) delete spec.dataSource;
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef !== undefined && spec.dataSource === undefined && isClassicSource(spec.dataSourceRef)) spec.dataSource = { ...spec.dataSourceRef };
  for (const source of [spec.dataSource, spec.dataSourceRef]) if (source !== undefined) source.apiGroup ??= null as never; // Kubernetes shows the absent group as null
}

function isClassicSource({ apiGroup, kind }: Readonly<coreV1.TypedLocalObjectReference>): boolean {
  return (apiGroup ?? '') === '' ? kind === 'PersistentVolumeClaim' : apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot';
}

/** A claim keeps its spec, but for what the binder fills in once and the size and attributes of a bound one. */
function changeFaults(claim: Readonly<Claim>, old: Readonly<Claim>): FieldError[] {
  const [spec, before] = [claim.spec ?? {}, old.spec ?? {}];
  const errors: FieldError[] = jsonEquals(settled(claim, old), withName(before, claim)) ? [] : [forbiddenField('spec', `${IMMUTABLE}\n${specDiff(withName(before, claim), settled(claim, old))}`)];
  const [size, oldSize] = [spec.resources?.requests?.['storage'] ?? '0', before.resources?.requests?.['storage'] ?? '0'];
  const shrinks = compareQuantities(parseQuantity(size), parseQuantity(oldSize)) < 0;
  if (shrinks && compareQuantities(parseQuantity(size), parseQuantity(old.status?.capacity?.['storage'] ?? '0')) <= 0) {
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return [...errors, ...immutableField(spec.volumeMode ?? null, before.volumeMode ?? null, 'volumeMode')];
}

const IMMUTABLE = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** The new spec with what may change taken from the old one. */
function settled(claim: Readonly<Claim>, old: Readonly<Claim>): ClaimSpec {
  const spec: ClaimSpec = { ...claim.spec };
  const before: ClaimSpec = old.spec ?? {};
  if (claim.status?.phase === 'Bound') {
    spec.resources = { ...spec.resources, requests: { ...spec.resources?.requests, storage: before.resources?.requests?.['storage'] ?? '0' } };
    if (before.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
    else spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (before.storageClassName === undefined && old.metadata.annotations?.[CLASS_ANNOTATION] === undefined) delete spec.storageClassName;
  return spec;
}

/** The old spec with the volume's name, which may be set once. */
function withName(before: Readonly<ClaimSpec>, claim: Readonly<Claim>): ClaimSpec {
  const volumeName = (before.volumeName ?? '') === '' ? claim.spec?.volumeName : before.volumeName;
  return { ...before, ...(volumeName !== undefined && { volumeName }) };
}

/** The difference of both specs as Go prints the structs. */
function specDiff(before: Readonly<ClaimSpec>, after: Readonly<ClaimSpec>): string {
  return unifiedDiff(goText(before), goText(after));
}

function goText({ accessModes, selector, resources, volumeName, storageClassName, volumeMode, dataSource, dataSourceRef, volumeAttributesClassName }: Readonly<ClaimSpec>): string {
  const reference = (one: { apiGroup?: string; kind: string; name: string } | undefined): object | null => (one === undefined ? null : { APIGroup: one.apiGroup ?? null, Kind: one.kind, Name: one.name });
  return JSON.stringify({
    AccessModes: accessModes ?? null, Selector: selector ?? null, Resources: { Limits: resources?.limits ?? null, Requests: resources?.requests ?? null }, VolumeName: volumeName ?? '',
    StorageClassName: storageClassName ?? null, VolumeMode: volumeMode ?? null, DataSource: reference(dataSource),
    DataSourceRef: dataSourceRef === undefined ? null : { ...reference(dataSourceRef), Namespace: dataSourceRef.namespace ?? null }, VolumeAttributesClassName: volumeAttributesClassName ?? null,
  }, undefined, 1);
}
