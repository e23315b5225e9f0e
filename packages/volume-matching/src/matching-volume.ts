import { compareQuantities, matchesLabels, parseQuantity, selectorFromLabelSelector, zeroQuantity, type Labels, type Quantity } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { isVolumeBoundToClaim } from './bind-volume.ts';
import { claimClass, volumeClass } from './claim-class.ts';
import { reachesNode } from './volume-affinity.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;

export interface VolumeWanted {
  claim: Claim;
  volumes: Iterable<Volume>;
  /** The scheduler's view: labels of the node that must reach the volume. Access modes are checked then; the binder picks volumes by them beforehand. */
  node?: { labels: Readonly<Labels> | undefined } | undefined;
  /** Names of volumes that other claims of the same pod take. */
  excluded?: ReadonlySet<string> | undefined;
  /** The binder's view of a claim that waits for a pod: only a volume that is reserved for the claim counts. */
  reservedOnly?: boolean | undefined;
}

/**
 * The volume that serves a claim: the one reserved for it, else the smallest that is available and fits. Undefined for none, and also when
 * the reserved volume does not reach the node: no other may take its place.
 */
export function findMatchingVolume({ claim, volumes, node, excluded, reservedOnly = false }: VolumeWanted): Volume | undefined {
  const wanted = storageOf(claim.spec?.resources?.requests);
  const fits = freeVolumeTest(claim, node);
  let smallest: { volume: Volume; size: Quantity } | undefined;
  for (const volume of volumes) {
    const { name, deletionTimestamp } = volume.metadata;
    const reserved = isVolumeBoundToClaim(volume, claim);
    if (excluded?.has(name) === true || (volume.spec?.claimRef !== undefined && !reserved)) continue;
    const size = storageOf(volume.spec?.capacity);
    if (compareQuantities(size, wanted) < 0 || volumeModesDiffer(claim, volume) || attributesClassesDiffer(claim, volume) || deletionTimestamp !== undefined) continue;
    if (reserved) return node === undefined || reachesNode(volume, node.labels) ? volume : undefined;
    if ((node === undefined && reservedOnly) || !fits(volume)) continue;
    if (smallest === undefined || compareQuantities(smallest.size, size) > 0) smallest = { volume, size };
  }
  return smallest?.volume;
}

/** Whether a volume that nobody reserved suits the claim, its size apart. */
function freeVolumeTest(claim: Claim, node: VolumeWanted['node']): (volume: Volume) => boolean {
  const wantedClass = claimClass(claim);
  const selector = claim.spec?.selector === undefined ? undefined : selectorFromLabelSelector(claim.spec.selector);
  return (volume) => volume.status?.phase === 'Available' // others would most likely end in a conflict
    && (selector === undefined || matchesLabels(selector, volume.metadata.labels))
    && volumeClass(volume) === wantedClass
    && (node === undefined || (offersAccessModes(volume, claim) && reachesNode(volume, node.labels)));
}

/** Sizes of claims and volumes; nothing counts as zero. */
export function storageOf(resources: Readonly<Record<string, string>> | undefined): Quantity {
  const text = resources?.['storage'];
  return text === undefined ? zeroQuantity : parseQuantity(text);
}

export function volumeModesDiffer(claim: Claim, volume: Volume): boolean {
  return (claim.spec?.volumeMode ?? 'Filesystem') !== (volume.spec?.volumeMode ?? 'Filesystem');
}

/** Whether the volume can be used in each of the ways the claim asks for. */
export function offersAccessModes(volume: Volume, claim: Claim): boolean {
  const offered = volume.spec?.accessModes ?? [];
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode));
}

function attributesClassesDiffer(claim: Claim, volume: Volume): boolean {
  return (claim.spec?.volumeAttributesClassName ?? '') !== (volume.spec?.volumeAttributesClassName ?? '');
}
