import type { coreV1 } from '@kubernode/api';
import { dnsLabelFaults, forbiddenField, invalidValue, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { csiDriverNameFaults } from '../shared/csi-driver-name.ts';
import { backstepFaults } from '../shared/pod-spec/local-paths.ts';
import { hostPathFaults } from '../shared/pod-spec/local-volumes.ts';
import { iscsiFaults, REMOTE_VOLUMES } from '../shared/pod-spec/remote-volumes.ts';
import { filled } from '../shared/value-rules.ts';

type VolumeSpec = Readonly<coreV1.PersistentVolumeSpec>;

/** Where the volume is: exactly one of these. The first in this order is judged, the others are too many. */
export const VOLUME_SOURCES = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume', 'azureFile',
  'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi',
] as const;

export type VolumeSource = (typeof VOLUME_SOURCES)[number];

/** Kubernetes' paths where they are not the field's name. */
const JUDGED_AS: { readonly [S in VolumeSource]?: string } = { gcePersistentDisk: 'persistentDisk' };
const REFUSED_AS: { readonly [S in VolumeSource]?: string } = { cephfs: 'cephFS' };

type SourceRules = { readonly [S in VolumeSource]: (source: Partial<NonNullable<coreV1.PersistentVolumeSpec[S]>>, path: string, volumeName: string) => FieldError[] };

/** As in pods, but that secrets, and endpoints of Gluster, may be in any namespace. */
const RULES: SourceRules = {
  hostPath: hostPathFaults,
  gcePersistentDisk: REMOTE_VOLUMES.gcePersistentDisk,
  awsElasticBlockStore: REMOTE_VOLUMES.awsElasticBlockStore,
  glusterfs: ({ endpoints, path: target, endpointsNamespace: namespace }, path) => [
    ...filled(endpoints, `${path}.endpoints`), ...filled(target, `${path}.path`),
    ...(namespace === '' ? [invalidValue(`${path}.endpointsNamespace`, namespace, 'if the endpointnamespace is set, it must be a valid namespace name')] : dnsLabelFaults(namespace ?? 'absent').map((fault) => invalidValue(`${path}.endpointsNamespace`, namespace, fault))),
  ],
  flocker: REMOTE_VOLUMES.flocker,
  nfs: REMOTE_VOLUMES.nfs,
  rbd: ({ monitors, image }, path) => [...filled(monitors, `${path}.monitors`), ...filled(image, `${path}.image`)],
  quobyte: REMOTE_VOLUMES.quobyte,
  cephfs: ({ monitors }, path) => filled(monitors, `${path}.monitors`),
  iscsi: persistentIscsiFaults,
  cinder: ({ volumeID, secretRef }, path) => [...filled(volumeID, `${path}.volumeID`), ...filledReference(secretRef, `${path}.secretRef`)],
  fc: REMOTE_VOLUMES.fc,
  flexVolume: ({ driver, options }, path) => REMOTE_VOLUMES.flexVolume({ ...(driver !== undefined && { driver }), ...(options && { options }) }, path),
  azureFile: ({ secretName, shareName, secretNamespace }, path) => [
    ...REMOTE_VOLUMES.azureFile({ ...(secretName !== undefined && { secretName }), ...(shareName !== undefined && { shareName }) }, path), ...(secretNamespace === '' ? [required(`${path}.secretNamespace`)] : []),
  ],
  vsphereVolume: REMOTE_VOLUMES.vsphereVolume,
  photonPersistentDisk: REMOTE_VOLUMES.photonPersistentDisk,
  portworxVolume: REMOTE_VOLUMES.portworxVolume,
  azureDisk: REMOTE_VOLUMES.azureDisk,
  scaleIO: ({ gateway, system, volumeName }, path) => [...filled(gateway, `${path}.gateway`), ...filled(system, `${path}.system`), ...filled(volumeName, `${path}.volumeName`)],
  local: ({ path: target = '' }, path) => (target === '' ? [required(`${path}.path`)] : backstepFaults(target, `${path}.path`)),
  storageos: ({ volumeName, volumeNamespace, secretRef }, path) => [
    ...REMOTE_VOLUMES.storageos({ ...(volumeName !== undefined && { volumeName }), ...(volumeNamespace !== undefined && { volumeNamespace }) }, path), ...filledReference(secretRef, `${path}.secretRef`),
  ],
  csi: csiFaults,
};

/** Faults of where a persistent volume is. */
export function volumeSourceFaults(spec: VolumeSpec, volumeName: string): FieldError[] {
  const [first, ...others] = VOLUME_SOURCES.filter((source) => spec[source] !== undefined);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  const surplus = (source: VolumeSource): FieldError[] => (source === 'flexVolume' ? judge(source, spec, volumeName) // Kubernetes does not count it
    : [forbiddenField(`spec.${REFUSED_AS[source] ?? source}`, 'may not specify more than 1 volume type')]);
  return [
    ...judge(first, spec, volumeName), ...(first === 'local' && spec.nodeAffinity === undefined ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []),
    ...others.flatMap(surplus),
  ];
}

function judge<S extends VolumeSource>(name: S, spec: VolumeSpec, volumeName: string): FieldError[] {
  const source = spec[name];
  return source === undefined || source === null ? [] : RULES[name](source, `spec.${JUDGED_AS[name] ?? name}`, volumeName);
}

const ISCSI_NAME_BYTES_MAX = 64;

function persistentIscsiFaults(source: Readonly<Partial<coreV1.ISCSIPersistentVolumeSource>>, path: string, volumeName: string): FieldError[] {
  const { targetPortal = '', initiatorName, secretRef } = source;
  const tooLong = initiatorName !== undefined && `${volumeName}:${targetPortal}`.length > ISCSI_NAME_BYTES_MAX;
  return [
    ...(tooLong ? [invalidValue(`${path}.targetportal`, targetPortal, 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.')] : []),
    ...iscsiFaults(source, path, { unknownName: 'must be valid format' }), ...(secretRef === undefined ? [] : filled(secretRef.name, `${path}.secretRef.name`)),
  ];
}

const SECRETS = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const;

function csiFaults(source: Readonly<Partial<coreV1.CSIPersistentVolumeSource>>, path: string): FieldError[] {
  return [
    ...csiDriverNameFaults(source.driver ?? '', `${path}.driver`), ...filled(source.volumeHandle, `${path}.volumeHandle`),
    ...SECRETS.flatMap((field) => secretFaults(source[field], `${path}.${field}`)),
  ];
}

function secretFaults(secret: Readonly<coreV1.SecretReference> | undefined, path: string): FieldError[] {
  if (secret === undefined) return [];
  const { name = '', namespace = '' } = secret;
  return [
    ...(name === '' ? [required(`${path}.name`)] : subdomainFaults(name).map((fault) => invalidValue(`${path}.name`, name, fault))),
    ...(namespace === '' ? [required(`${path}.namespace`)] : dnsLabelFaults(namespace).map((fault) => invalidValue(`${path}.namespace`, namespace, fault))),
  ];
}

function filledReference(reference: Readonly<{ name?: string; namespace?: string }> | undefined, path: string): FieldError[] {
  return reference === undefined ? [] : [...filled(reference.name, `${path}.name`), ...filled(reference.namespace, `${path}.namespace`)];
}
