import { compareQuantities, matchesLabels, quantityValue, selectorFromLabelSelector } from '@kubernode/apimachinery';
import type { coreV1, storageV1 } from '@kubernode/api';
import { claimClass, findMatchingVolume, NO_PROVISIONER, reachesNode, storageOf, volumeAnnotations, volumeClass } from '@kubernode/volume-matching';
import { failed, unresolvable, type Verdict } from '../../framework/verdict.ts';
import type { PodClaims } from './pod-claims.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;
type Volume = Readonly<coreV1.PersistentVolume>;
type Class = Readonly<storageV1.StorageClass>;
type Labels = Readonly<Record<string, string>>;

/** What has to be done so that the pod can use its claims on a node. */
export interface PodVolumes {
  readonly bindings: readonly { readonly volume: Volume; readonly claim: Claim }[];
  /** Claims for which a volume has to be made there. */
  readonly provisions: readonly Claim[];
}

export interface VolumeSource {
  volume(name: string): Volume | undefined;
  volumes(): readonly Volume[];
  classOf(name: string): Class | undefined;
  driver(name: string): Readonly<storageV1.CSIDriver> | undefined;
  capacities(): readonly Readonly<storageV1.CSIStorageCapacity>[];
}

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NOT_ENOUGH_SPACE = 'node(s) did not have enough free storage';
const VOLUME_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/** Whether the pod's volumes can all be used on a node, and what it takes. */
export function findPodVolumes({ bound, delayed }: PodClaims, node: { name: string; labels: Labels }, source: VolumeSource): PodVolumes | Verdict {
  const reasons: string[] = [];
  const boundFault = checkBound(bound, node.labels, source);
  if (boundFault === NODE_CONFLICT) reasons.push(boundFault);
  const found = delayed.length === 0 ? nothingToDo : placeDelayed(delayed, node, source);
  if ('fault' in found) {
    if (found.isError) return failed(found.fault);
    reasons.push(found.fault);
  }
  if (boundFault === VOLUME_MISSING) reasons.push(boundFault);
  return reasons.length > 0 || 'fault' in found ? unresolvable(...reasons) : found;
}

interface Fault { readonly fault: string; readonly isError?: true }

const nothingToDo: PodVolumes = { bindings: [], provisions: [] };

function checkBound(claims: readonly Claim[], labels: Labels, { volume }: VolumeSource): string | undefined {
  for (const { spec } of claims) {
    const one = volume(spec?.volumeName ?? '');
    if (one === undefined) return VOLUME_MISSING;
    if (!reachesNode(one, labels)) return NODE_CONFLICT;
  }
  return undefined;
}

function placeDelayed(claims: readonly Claim[], node: { name: string; labels: Labels }, source: VolumeSource): PodVolumes | Fault {
  const selected = claims.filter(({ metadata }) => metadata.annotations?.[volumeAnnotations.selectedNode] !== undefined);
  if (selected.some(({ metadata }) => metadata.annotations?.[volumeAnnotations.selectedNode] !== node.name)) return { fault: BIND_CONFLICT };
  const { bindings, unmatched } = matchVolumes(claims.filter((one) => !selected.includes(one)), node, source);
  const provisions = [...selected, ...unmatched];
  const fault = provisionFault(provisions, node, source);
  return fault ?? { bindings, provisions };
}

/** The smallest claims choose first. */
function matchVolumes(claims: readonly Claim[], node: { labels: Labels }, source: VolumeSource): { bindings: { volume: Volume; claim: Claim }[]; unmatched: Claim[] } {
  const excluded = new Set<string>();
  const bindings: { volume: Volume; claim: Claim }[] = [];
  const unmatched: Claim[] = [];
  const bySize = [...claims].sort((a, b) => compareQuantities(storageOf(a.spec?.resources?.requests), storageOf(b.spec?.resources?.requests)));
  for (const claim of bySize) {
    const volumes = source.volumes().filter((one) => volumeClass(one) === claimClass(claim));
    const volume = findMatchingVolume({ claim, volumes, node, excluded });
    if (volume === undefined) { unmatched.push(claim); continue; }
    excluded.add(volume.metadata.name);
    bindings.push({ volume, claim });
  }
  return { bindings, unmatched };
}

function provisionFault(claims: readonly Claim[], { labels }: { labels: Labels }, source: VolumeSource): Fault | undefined {
  for (const claim of claims) {
    const className = claimClass(claim);
    if (className === '') return { fault: `no class for claim "${claim.metadata.namespace ?? ''}/${claim.metadata.name}"`, isError: true };
    const storageClass = source.classOf(className);
    if (storageClass === undefined) return { fault: `failed to find storage class "${className}"`, isError: true };
    const { provisioner, allowedTopologies } = storageClass;
    if (provisioner === '' || provisioner === NO_PROVISIONER || !isAllowed(allowedTopologies, labels)) return { fault: BIND_CONFLICT };
    if (!hasRoom(claim, storageClass, labels, source)) return { fault: NOT_ENOUGH_SPACE };
  }
  return undefined;
}

/** No terms allow every node; a term without expressions none. */
function isAllowed(terms: readonly coreV1.TopologySelectorTerm[] = [], labels: Labels): boolean {
  return terms.length === 0 || terms.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.length > 0 && matchLabelExpressions.every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key])));
}

/** Drivers that publish capacities are believed; others are thought to have room. */
function hasRoom(claim: Claim, { metadata, provisioner }: Class, labels: Labels, { driver, capacities }: VolumeSource): boolean {
  const wanted = claim.spec?.resources?.requests?.['storage'];
  if (wanted === undefined || driver(provisioner)?.spec.storageCapacity !== true) return true;
  return capacities().some((one) => {
    const limit = volumeLimit(one);
    return one.storageClassName === metadata.name && limit !== undefined && limit >= quantityValue(wanted) && one.nodeTopology !== undefined && matchesLabels(selectorFromLabelSelector(one.nodeTopology), labels);
  });
}

/** The largest volume that can be made, in bytes. */
export function volumeLimit({ maximumVolumeSize, capacity }: Readonly<storageV1.CSIStorageCapacity>): number | undefined {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? undefined : quantityValue(limit);
}
