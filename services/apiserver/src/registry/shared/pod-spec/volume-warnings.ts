import type { coreV1 } from '@kubernode/api';
import { goQuote } from '@kubernode/apimachinery';
import { claimSpecWarnings } from '../claim-spec-rules.ts';

/** Drivers that are gone, in the order in which Kubernetes speaks of them; the last is what the path calls them. */
const DEAD_DRIVERS: readonly (readonly [field: keyof coreV1.Volume, text: string, shown?: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'], ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'], ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+', 'storageOS'], ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'], ['ephemeral', ''], ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'], ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export function volumeWarnings(volumes: readonly Readonly<coreV1.Volume>[], path: string): string[] {
  return [...volumes.flatMap((volume, index) => driverWarnings(volume, `${path}.volumes[${index}]`)), ...volumes.flatMap(overlapWarnings)];
}

function driverWarnings(volume: Readonly<coreV1.Volume>, path: string): string[] {
  return DEAD_DRIVERS.filter(([field]) => volume[field] !== undefined).flatMap(([field, text, shown = field]) => {
    if (field !== 'ephemeral') return [`${path}.${shown}: ${text}`];
    const template = volume.ephemeral?.volumeClaimTemplate;
    return template === undefined ? [] : claimSpecWarnings(template.spec, `${path}.ephemeral.volumeClaimTemplate.spec`);
  });
}

interface Placed { path: string; source: string }

/** Files of one volume that hide each other. */
function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Readonly<coreV1.Volume>): string[] {
  const warn = (what: string, files: readonly Placed[]): string[] => overlaps(files).map((text) => `volume ${goQuote(name)} (${what}): overlapping paths: ${text}`);
  return [
    ...warn(`ConfigMap ${goQuote(configMap?.name ?? '')}`, placed(configMap?.items, '')), ...warn(`Secret ${goQuote(secret?.secretName ?? '')}`, placed(secret?.items, '')),
    ...warn('DownwardAPI', placed(downwardAPI?.items, '')),
    ...(projected?.sources ?? []).filter((source) => Object.keys(source).length === 0).map(() => `volume ${goQuote(name)} (Projected) has no sources provided`),
    ...warn('Projected', (projected?.sources ?? []).flatMap(projectedFiles)),
  ];
}

function projectedFiles({ configMap, secret, downwardAPI, serviceAccountToken }: Readonly<coreV1.VolumeProjection>): Placed[] {
  if (configMap?.items !== undefined) return placed(configMap.items, `ConfigMap ${goQuote(configMap.name ?? '')}`);
  if (secret?.items !== undefined) return placed(secret.items, `Secret ${goQuote(secret.name ?? '')}`);
  if (downwardAPI?.items !== undefined) return placed(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken === undefined ? [] : [{ path: serviceAccountToken.path, source: 'ServiceAccountToken' }];
}

function placed(items: readonly { path: string }[] | undefined, source: string): Placed[] {
  return (items ?? []).map(({ path }) => ({ path, source }));
}

function overlaps(files: readonly Placed[]): string[] {
  const plain = files.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }));
  return plain.flatMap((file, index) => plain.slice(0, index).filter((other) => file.path !== '' && other.path !== '' && (isWithin(file.path, other.path) || isWithin(other.path, file.path)))
    .map((other) => `${shown(file)} with ${shown(other)}`));
}

function isWithin(path: string, directory: string): boolean {
  return `${path}/`.startsWith(`${directory}/`);
}

function shown({ path, source }: Placed): string {
  return source === '' ? goQuote(path) : `${goQuote(path)} (${source})`;
}
