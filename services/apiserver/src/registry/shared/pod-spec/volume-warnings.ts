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

/** Answers carry far fewer. */
const OVERLAPS_MAX = 100;

/** Each file with those before it that it hides or is hidden by. */
function overlaps(files: readonly Placed[]): string[] {
  const texts: string[] = [];
  const at = new Map<string, Placed[]>();
  const below = new Map<string, Placed[]>();
  for (const { path, source } of files) {
    const file = { path: path.replace(/\/+$/, ''), source };
    if (file.path === '') continue;
    const directories = ancestorsOf(file.path);
    const others = [...below.get(file.path) ?? [], ...at.get(file.path) ?? [], ...directories.flatMap((directory) => at.get(directory) ?? [])];
    for (const other of others.slice(0, OVERLAPS_MAX - texts.length)) texts.push(`${shown(file)} with ${shown(other)}`);
    if (texts.length === OVERLAPS_MAX) break;
    append(at, file.path, file);
    for (const directory of directories) append(below, directory, file);
  }
  return texts;
}

function ancestorsOf(path: string): string[] {
  const found: string[] = [];
  for (let end = path.indexOf('/'); end >= 0 && found.length < DEPTH_MAX; end = path.indexOf('/', end + 1)) found.push(path.slice(0, end));
  return found;
}

/** Deeper directories are not looked at: file systems end long before. */
const DEPTH_MAX = 64;

function append(map: Map<string, Placed[]>, key: string, file: Placed): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [file]);
  else list.push(file);
}

function shown({ path, source }: Placed): string {
  return source === '' ? goQuote(path) : `${goQuote(path)} (${source})`;
}
