import type { coreV1 } from '@kubernode/api';
import { duplicate, forbiddenField, invalidValue, required, subdomainFaults, type FieldError } from '@kubernode/apimachinery';
import { claimTemplateFaults } from '../claim-spec-rules.ts';
import { labelNameFaults } from '../port-rules.ts';
import { downwardApiVolumeFaults } from './downward-api-volume.ts';
import { configMapVolumeFaults, csiVolumeFaults, emptyDirFaults, hostPathFaults, imageVolumeFaults, secretVolumeFaults } from './local-volumes.ts';
import { projectedVolumeFaults } from './projected-volumes.ts';
import { REMOTE_VOLUMES } from './remote-volumes.ts';

type SourceName = Exclude<keyof coreV1.Volume, 'name'>;
type SourceRule<K extends SourceName> = (source: NonNullable<coreV1.Volume[K]>, path: string, rules: VolumeRules) => FieldError[];

export interface VolumeRules {
  isPod: boolean;
  /** Of the pod, '' for templates: claims of ephemeral volumes are named after it. */
  podName: string;
}

const LOCAL_VOLUMES: { readonly [K in SourceName]?: SourceRule<K> } = {
  emptyDir: emptyDirFaults,
  hostPath: hostPathFaults,
  secret: secretVolumeFaults,
  configMap: configMapVolumeFaults,
  downwardAPI: downwardApiVolumeFaults,
  projected: projectedVolumeFaults,
  csi: csiVolumeFaults,
  image: imageVolumeFaults,
  persistentVolumeClaim: ({ claimName }, path) => (claimName ? [] : [required(`${path}.claimName`)]),
  ephemeral: ({ volumeClaimTemplate }, path) => (volumeClaimTemplate === undefined ? [required(`${path}.volumeClaimTemplate`)] : claimTemplateFaults(volumeClaimTemplate, `${path}.volumeClaimTemplate`)),
};

/** The order in which sources are judged; the first one found is the volume's, the others are too many. */
const ORDER: readonly SourceName[] = [
  'emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs', 'quobyte',
  'downwardAPI', 'fc', 'flexVolume', 'configMap', 'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected', 'scaleIO', 'csi', 'ephemeral', 'image',
];

/** Where Kubernetes' paths are not the fields' names. */
const JUDGED_AS: { readonly [K in SourceName]?: string } = { gcePersistentDisk: 'persistentDisk' };
const REFUSED_AS: { readonly [K in SourceName]?: string } = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

export interface JudgedVolumes {
  /** Those without faults, by name: mounts may refer to them alone. */
  volumes: ReadonlyMap<string, Readonly<coreV1.Volume>>;
  errors: FieldError[];
}

export function judgeVolumes(list: readonly Readonly<coreV1.Volume>[] | undefined, path: string, rules: VolumeRules): JudgedVolumes {
  const created = new Set((list ?? []).filter(({ ephemeral }) => ephemeral !== undefined && rules.podName !== '').map(({ name }) => `${rules.podName}-${name}`));
  const volumes = new Map<string, Readonly<coreV1.Volume>>();
  const errors: FieldError[] = [];
  for (const [index, volume] of (list ?? []).entries()) {
    const at = `${path}[${index}]`;
    const { name, persistentVolumeClaim: claim } = volume;
    const faults = [...sourceFaults(volume, at, rules), ...(name ? labelNameFaults(name, `${at}.name`) : [required(`${at}.name`)])];
    if (volumes.has(name)) faults.push(duplicate(`${at}.name`, name));
    if (faults.length === 0) volumes.set(name, volume);
    errors.push(...faults);
    if (claim !== undefined && created.has(claim.claimName)) errors.push(invalidValue(`${at}.persistentVolumeClaim.claimName`, claim.claimName, 'must not reference a PVC that gets created for an ephemeral volume'));
  }
  return { volumes, errors };
}

function sourceFaults(volume: Readonly<coreV1.Volume>, path: string, rules: VolumeRules): FieldError[] {
  const [first, ...others] = ORDER.filter((source) => volume[source] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const errors = judge(first, volume, path, rules);
  for (const other of others) errors.push(forbiddenField(`${path}.${REFUSED_AS[other] ?? other}`, 'may not specify more than 1 volume type'));
  if (volume.iscsi?.initiatorName !== undefined && `${volume.name}:${volume.iscsi.targetPortal}`.length > 64) {
    errors.push(invalidValue(`${path}.name`, volume.name, 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'));
  }
  if (first === 'ephemeral' && rules.podName !== '' && volume.name) {
    const claim = `${rules.podName}-${volume.name}`;
    for (const fault of subdomainFaults(claim)) errors.push(invalidValue(`${path}.name`, volume.name, `PVC name "${claim}": ${fault}`));
  }
  return errors;
}

function judge<K extends SourceName>(name: K, volume: Readonly<coreV1.Volume>, path: string, rules: VolumeRules): FieldError[] {
  const source = volume[name];
  const rule = (LOCAL_VOLUMES[name] ?? REMOTE_VOLUMES[name]) as SourceRule<K> | undefined; // by the keys of both tables
  return source === undefined || rule === undefined ? [] : [...rule(source, `${path}.${JUDGED_AS[name] ?? name}`, rules)];
}
