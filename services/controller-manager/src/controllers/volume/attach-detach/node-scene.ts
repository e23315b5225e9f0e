import { coreV1Resources, storageV1Resources, type coreV1, type ResourceRef, type storageV1 } from '@kubernode/api';
import type { IndexFunctions } from '@kubernode/client';
import type { Listers } from '@kubernode/controller';
import { ephemeralClaimName, isClaimOfPod } from '@kubernode/volume-matching';
import { isTerminated } from '../pods-of-claims.ts';
import { claims, volumes } from '../save.ts';
import { attachableOf, attachmentName, uniqueName, type Attachable } from './attachment.ts';

type Attachment = Readonly<storageV1.VolumeAttachment>;
type Node = Readonly<coreV1.Node>;
type Pod = Readonly<coreV1.Pod>;
type Volume = Readonly<coreV1.PersistentVolume>;

/** A volume that pods of the node need. */
export interface Wanted {
  volume: Volume;
  attachable: Attachable;
  pods: readonly Pod[];
  /** Its attachments to other nodes, and the pods that use it there. */
  elsewhere: readonly { attachment: Attachment; pods: readonly Pod[] }[];
  /** Nodes whose pods need it and that do not have it, this one among them; that of the oldest pod first. */
  rivals: readonly string[];
}

/** A volume that is, or is being, attached to the node. */
export interface Held { volume: Volume; attachable: Attachable; attachment: Attachment; /** Since when no pod needs it. */ unwantedMs: number | undefined }

/** Everything about attachments to one node, by unique name of the volume. */
export interface NodeScene {
  nodeName: string;
  /** Undefined once the node is gone. */
  node: Node | undefined;
  wanted: ReadonlyMap<string, Wanted>;
  held: ReadonlyMap<string, Held>;
  /** The trouble with each volume that users were told of last. */
  told: ReadonlyMap<string, string>;
}

export const nodes: ResourceRef<coreV1.Node> = coreV1Resources.nodes;
export const pods: ResourceRef<coreV1.Pod> = coreV1Resources.pods;
export const attachments: ResourceRef<storageV1.VolumeAttachment> = storageV1Resources.volumeattachments;
export const drivers: ResourceRef<storageV1.CSIDriver> = storageV1Resources.csidrivers;

export const podsByNode: IndexFunctions<coreV1.Pod> = { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) };
export const attachmentsBy: IndexFunctions<storageV1.VolumeAttachment> = {
  nodeName: ({ spec }) => [spec.nodeName],
  volume: ({ spec }) => (spec.source.persistentVolumeName === undefined ? [] : [spec.source.persistentVolumeName]),
};

/** On nodes whose volumes are attached from here. */
const MANAGED = 'volumes.kubernetes.io/controller-managed-attach-detach';

export function isManaged({ metadata }: Node): boolean { return metadata.annotations?.[MANAGED] !== undefined; }

/** Reads a node's scene; the times and words that must be remembered between looks are given. Undefined for nothing to do. */
export function readNode(nodeName: string, listers: Listers, remembered: Pick<NodeScene, 'told'> & { unwantedMs(name: string): number }): NodeScene | undefined {
  const node = listers.of(nodes).get(nodeName);
  if (node !== undefined && !isManaged(node)) return undefined; // the node sees to its volumes itself
  const wanted = node === undefined ? new Map<string, Wanted>() : wantedOn(nodeName, listers);
  const held = new Map(listers.of(attachments).byIndex('nodeName', nodeName).flatMap((attachment) => {
    const volume = listers.of(volumes).get(attachment.spec.source.persistentVolumeName ?? '');
    const attachable = attachableOf(volume);
    if (volume === undefined || attachable === undefined || attachment.metadata.name !== attachmentName(attachable, nodeName)) return []; // somebody else's
    const name = uniqueName(attachable);
    return [[name, { volume, attachable, attachment, unwantedMs: wanted.has(name) ? undefined : remembered.unwantedMs(name) }] as const];
  }));
  return wanted.size === 0 && held.size === 0 && (node?.status?.volumesAttached ?? []).length === 0 ? undefined : { nodeName, node, wanted, held, told: remembered.told };
}

function wantedOn(nodeName: string, listers: Listers): Map<string, Wanted> {
  const found = new Map<string, { volume: Volume; attachable: Attachable; pods: Pod[] }>();
  for (const pod of listers.of(pods).byIndex('nodeName', nodeName)) {
    if (isTerminated(pod)) continue;
    for (const volume of attachableVolumesOf(pod, listers)) {
      const attachable = attachableOf(volume);
      if (attachable === undefined) continue;
      const known = found.get(uniqueName(attachable));
      if (known === undefined) found.set(uniqueName(attachable), { volume, attachable, pods: [pod] });
      else known.pods.push(pod);
    }
  }
  return new Map([...found].map(([name, one]) => [name, { ...one, ...othersOf(one.volume, nodeName, listers) }]));
}

/** The bound volumes behind a pod's claims that have to be attached. */
export function attachableVolumesOf(pod: Pod, listers: Listers): Volume[] {
  return (pod.spec?.volumes ?? []).flatMap((one) => {
    const name = one.ephemeral === undefined ? one.persistentVolumeClaim?.claimName : ephemeralClaimName(pod, one);
    const claim = name === undefined ? undefined : listers.of(claims).get(`${pod.metadata.namespace ?? ''}/${name}`);
    if (claim?.status?.phase !== 'Bound' || (one.ephemeral !== undefined && !isClaimOfPod(claim, pod))) return [];
    const volume = listers.of(volumes).get(claim.spec?.volumeName ?? '');
    if (volume?.spec?.csi === undefined || volume.spec.claimRef?.uid !== claim.metadata.uid) return [];
    return listers.of(drivers).get(volume.spec.csi.driver)?.spec.attachRequired === false ? [] : [volume];
  });
}

function othersOf(volume: Volume, nodeName: string, listers: Listers): Pick<Wanted, 'elsewhere' | 'rivals'> {
  const elsewhere = listers.of(attachments).byIndex('volume', volume.metadata.name).filter(({ spec }) => spec.nodeName !== nodeName);
  const users = usersOf(volume, listers);
  const holders = new Set(elsewhere.map(({ spec }) => spec.nodeName));
  const isServed = (name: string): boolean => {
    const node = listers.of(nodes).get(name);
    return node !== undefined && isManaged(node) && !holders.has(name);
  };
  return {
    elsewhere: elsewhere.map((attachment) => ({ attachment, pods: users.filter(({ spec }) => spec?.nodeName === attachment.spec.nodeName) })),
    rivals: [...new Set([...users].sort(byAge).map(({ spec }) => spec?.nodeName ?? ''))].filter(isServed),
  };
}

/** Pods with a node that use the volume's claim and have not ended. */
function usersOf({ spec }: Volume, listers: Listers): readonly Pod[] {
  const key = `${spec?.claimRef?.namespace ?? ''}/${spec?.claimRef?.name ?? ''}`;
  return listers.of(pods).byIndex('claimKey', key).filter((pod) => (pod.spec?.nodeName ?? '') !== '' && !isTerminated(pod));
}

function byAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  const [ageA, ageB] = [`${a.creationTimestamp ?? ''} ${a.uid ?? ''}`, `${b.creationTimestamp ?? ''} ${b.uid ?? ''}`];
  return ageA < ageB ? -1 : Number(ageA > ageB);
}
