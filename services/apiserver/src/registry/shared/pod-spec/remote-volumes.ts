import type { coreV1 } from '@kubernode/api';
import { invalidValue, notSupported, rangeFault, required, type FieldError } from '@kubernode/apimachinery';
import { labelNameFaults } from '../port-rules.ts';
import { filled, oneOf } from '../value-rules.ts';
import { descendingPathFaults } from './local-paths.ts';

type RemoteName =
  | 'gitRepo' | 'gcePersistentDisk' | 'awsElasticBlockStore' | 'nfs' | 'iscsi' | 'glusterfs' | 'flocker' | 'rbd' | 'cinder' | 'cephfs' | 'quobyte' | 'fc' | 'flexVolume' | 'azureFile'
  | 'vsphereVolume' | 'photonPersistentDisk' | 'portworxVolume' | 'azureDisk' | 'storageos' | 'scaleIO';

type RemoteRules = { readonly [K in RemoteName]: (source: Partial<NonNullable<coreV1.Volume[K]>>, path: string) => FieldError[] };

/** Volumes that come over the network or from a cloud, by the field that names them; most are only there for old manifests. */
export const REMOTE_VOLUMES: RemoteRules & { readonly [K in Exclude<keyof coreV1.Volume, 'name' | RemoteName>]?: never } = {
  gitRepo: ({ repository, directory = '' }, path) => [...filled(repository, `${path}.repository`), ...descendingPathFaults(directory, `${path}.directory`)],
  gcePersistentDisk: ({ pdName, partition }, path) => [...filled(pdName, `${path}.pdName`), ...partitionFaults(partition, path)],
  awsElasticBlockStore: ({ volumeID, partition }, path) => [...filled(volumeID, `${path}.volumeID`), ...partitionFaults(partition, path)],
  nfs: ({ server, path: target = '' }, path) => [
    ...filled(server, `${path}.server`), ...filled(target, `${path}.path`), ...(target.startsWith('/') ? [] : [invalidValue(`${path}.path`, target, 'must be an absolute path')]),
  ],
  iscsi: (source, path) => iscsiFaults(source, path, { unknownName: 'must be valid format starting with iqn, eui, or naa' }),
  glusterfs: ({ endpoints, path: target }, path) => [...filled(endpoints, `${path}.endpoints`), ...filled(target, `${path}.path`)],
  flocker: ({ datasetName = '', datasetUUID = '' }, path) => [
    ...(datasetName === '' && datasetUUID === '' ? [required(path, 'one of datasetName and datasetUUID is required')] : []),
    ...(datasetName !== '' && datasetUUID !== '' ? [invalidValue(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : []),
    ...(datasetName.includes('/') ? [invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'")] : []),
  ],
  rbd: ({ monitors, image }, path) => [...filled(monitors, `${path}.monitors`), ...filled(image, `${path}.image`)],
  cinder: ({ volumeID, secretRef }, path) => [...filled(volumeID, `${path}.volumeID`), ...secretNameFaults(secretRef, path)],
  cephfs: ({ monitors }, path) => filled(monitors, `${path}.monitors`),
  quobyte: quobyteFaults,
  fc: fibreChannelFaults,
  flexVolume: ({ driver, options = {} }, path) => [...filled(driver, `${path}.driver`), ...Object.keys(options).flatMap((key) => reservedKeyFaults(key, `${path}.options[${key}]`))],
  azureFile: ({ secretName, shareName }, path) => [...filled(secretName, `${path}.secretName`), ...filled(shareName, `${path}.shareName`)],
  vsphereVolume: ({ volumePath }, path) => filled(volumePath, `${path}.volumePath`),
  photonPersistentDisk: ({ pdID }, path) => filled(pdID, `${path}.pdID`),
  portworxVolume: ({ volumeID }, path) => filled(volumeID, `${path}.volumeID`),
  azureDisk: azureDiskFaults,
  storageos: ({ volumeName, volumeNamespace = '', secretRef }, path) => [
    ...(volumeName ? labelNameFaults(volumeName, `${path}.volumeName`) : [required(`${path}.volumeName`)]),
    ...(volumeNamespace === '' ? [] : labelNameFaults(volumeNamespace, `${path}.volumeNamespace`)), ...secretNameFaults(secretRef, path),
  ],
  scaleIO: ({ gateway, system, volumeName }, path) => [...filled(gateway, `${path}.gateway`), ...filled(system, `${path}.system`), ...filled(volumeName, `${path}.volumeName`)],
};

function partitionFaults(partition: number | undefined, path: string): FieldError[] {
  return partition !== undefined && (partition < 0 || partition > 255) ? [invalidValue(`${path}.partition`, partition, rangeFault(1, 255))] : [];
}

function secretNameFaults(ref: Readonly<coreV1.LocalObjectReference> | undefined, path: string): FieldError[] {
  return ref === undefined ? [] : filled(ref.name, `${path}.secretRef.name`);
}

const QUALIFIED_NAMES: readonly (readonly [prefix: string, pattern: RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/], ['eui', /^eui.[A-Za-z0-9]{16}$/], ['naa', /^naa.[A-Za-z0-9]{32}$/],
];

function qualifiedNameFaults(name: string, path: string, unknownName: string): FieldError[] {
  const rule = QUALIFIED_NAMES.find(([prefix]) => name.startsWith(prefix));
  if (rule === undefined) return [invalidValue(path, name, unknownName)];
  return rule[1].test(name) ? [] : [invalidValue(path, name, 'must be valid format')];
}

/** Pods and persistent volumes tell differently that a name is of no known kind. */
export function iscsiFaults({ targetPortal, iqn = '', lun = 0, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName }: Readonly<Partial<coreV1.ISCSIVolumeSource>>, path: string, { unknownName }: { unknownName: string }): FieldError[] {
  return [
    ...filled(targetPortal, `${path}.targetPortal`), ...(iqn === '' ? [required(`${path}.iqn`)] : qualifiedNameFaults(iqn, `${path}.iqn`, unknownName)),
    ...lunFaults(lun, path), ...((chapAuthDiscovery === true || chapAuthSession === true) && secretRef === undefined ? [required(`${path}.secretRef`)] : []),
    ...(initiatorName === undefined ? [] : qualifiedNameFaults(initiatorName, `${path}.initiatorname`, unknownName)),
  ];
}

function lunFaults(lun: number, path: string): FieldError[] {
  return lun < 0 || lun > 255 ? [invalidValue(`${path}.lun`, lun, rangeFault(0, 255))] : [];
}

function quobyteFaults({ registry = '', tenant = '', volume }: Readonly<Partial<coreV1.QuobyteVolumeSource>>, path: string): FieldError[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const errors: FieldError[] = [];
  if (registry === '') errors.push(required(`${path}.registry`, pairs));
  else if (tenant.length >= 65) errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else for (const pair of registry.split(',')) if (!/^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) errors.push(invalidValue(`${path}.registry`, registry, pairs));
  return [...errors, ...filled(volume, `${path}.volume`)];
}

function fibreChannelFaults({ targetWWNs = [], wwids = [], lun }: Readonly<coreV1.FCVolumeSource>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length > 0 && wwids.length > 0) errors.push(invalidValue(`${path}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targetWWNs.length === 0) return errors;
  return [...errors, ...(lun === undefined ? [required(`${path}.lun`, 'lun is required if targetWWNs is specified')] : lunFaults(lun, path))];
}

function reservedKeyFaults(key: string, path: string): FieldError[] {
  const [namespace = ''] = key.split('/');
  const reserved = /\.(?:kubernetes|k8s)\.io$/.test(`.${namespace.toLowerCase()}`);
  return reserved ? [invalidValue(path, key, 'kubernetes.io and k8s.io namespaces are reserved')] : [];
}

function azureDiskFaults({ diskName, diskURI = '', cachingMode, kind }: Readonly<Partial<coreV1.AzureDiskVolumeSource>>, path: string): FieldError[] {
  const managed = ['/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'];
  const blob = ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];
  const foreign = kind === 'Managed' ? !diskURI.startsWith('/subscriptions/') : kind !== undefined && !diskURI.startsWith('https://');
  return [
    ...filled(diskName, `${path}.diskName`), ...filled(diskURI, `${path}.diskURI`), ...oneOf(cachingMode, `${path}.cachingMode`, ['None', 'ReadOnly', 'ReadWrite']),
    ...oneOf(kind, `${path}.kind`, ['Dedicated', 'Managed', 'Shared']), ...(foreign ? [notSupported(`${path}.diskURI`, diskURI, kind === 'Managed' ? managed : blob)] : []),
  ];
}
