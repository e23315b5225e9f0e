import { coreV1Resources, storageV1Resources, type coreV1, type storageV1 } from '@kubernode/api';
import { groupBy } from '@kubernode/base';
import type { Lister } from '@kubernode/client';
import { claimClass, claimNamesOf, csiDriverOf, inTreePluginOf } from '@kubernode/volume-matching';
import type { NodeView } from '../cache/node-table.ts';
import { onNode, onPod, onResource } from '../framework/cluster-event.ts';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { unresolvable, unschedulable } from '../framework/verdict.ts';
import { occupies } from './occupies.ts';
import { usesClaim } from './volume-binding/volume-binding-events.ts';

type Pod = Readonly<coreV1.Pod>;
type CsiNode = Readonly<storageV1.CSINode>;

const EXCEEDED = unschedulable('node(s) exceed max volume count');

/** Heeds how many volumes of each CSI driver can be attached to a node. */
export function nodeVolumeLimits(handle: Pick<PluginHandle, 'lister'>): Plugin {
  const csiNodes = handle.lister(storageV1Resources.csinodes);
  const attachments = handle.lister(storageV1Resources.volumeattachments);
  const volumes = new PodVolumesFinder(handle);
  return {
    name: 'NodeVolumeLimits',
    events: [
      onResource(storageV1Resources.csinodes, ['Add', 'Update'], (_pod, { before, after }) => before === undefined || raisesLimit(before, after)),
      onNode(['Add']),
      onPod(['Delete'], (pod, { before }) => before !== undefined && claimNamesOf(pod).length > 0 && occupies(before) && claimNamesOf(before).length > 0),
      onResource(coreV1Resources.persistentvolumeclaims, ['Add'], (pod, { after }) => usesClaim(pod, after)),
      onResource(storageV1Resources.volumeattachments, ['Delete'], ({ spec }) => spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined) === true),
    ],
    prepareFilter({ subject: { pod } }) {
      if (claimNamesOf(pod).length === 0) return undefined;
      const missing = volumes.missingClaim(pod);
      if (missing !== undefined) return { check: () => unresolvable(`looking up PVC ${pod.metadata.namespace ?? ''}/${missing}: persistentvolumeclaim "${missing}" not found`) };
      const attachedTo = groupBy(attachments.list(), ({ spec }) => spec.nodeName);
      return {
        check(node) {
          const csiNode = csiNodes.get(node.name);
          const limits = limitsOf(csiNode);
          if (limits.size === 0) return undefined;
          const wanted = volumes.of(pod, csiNode);
          return wanted.size > 0 && exceeds({ wanted, limits, used: volumesOn(node, csiNode, volumes), attached: volumes.attached(attachedTo.get(node.name) ?? []) }) ? EXCEEDED : undefined;
        },
      };
    },
  };
}

/** By volume, unique across drivers: its driver. */
type DriverByVolume = Map<string, string>;

function exceeds({ wanted, used, attached, limits }: { wanted: DriverByVolume; used: DriverByVolume; attached: DriverByVolume; limits: ReadonlyMap<string, number> }): boolean {
  const [present, added] = [new Map<string, number>(), new Map<string, number>()];
  const count = (into: Map<string, number>, driver: string): void => { into.set(driver, (into.get(driver) ?? 0) + 1); };
  for (const driver of used.values()) count(present, driver);
  for (const [volume, driver] of attached) if (!used.has(volume)) count(present, driver);
  for (const [volume, driver] of wanted) if (!used.has(volume)) count(added, driver);
  return [...added].some(([driver, amount]) => (present.get(driver) ?? 0) + amount > (limits.get(driver) ?? Infinity));
}

function volumesOn({ pods }: NodeView, csiNode: CsiNode | undefined, volumes: PodVolumesFinder): DriverByVolume {
  const all: DriverByVolume = new Map();
  for (const { pod } of pods.values()) for (const [volume, driver] of volumes.of(pod, csiNode)) all.set(volume, driver);
  return all;
}

function limitsOf(csiNode: CsiNode | undefined): Map<string, number> {
  return new Map((csiNode?.spec.drivers ?? []).flatMap(({ name, allocatable }) => (allocatable?.count === undefined ? [] : [[name, allocatable.count] as const])));
}

function raisesLimit(before: CsiNode, after: CsiNode | undefined): boolean {
  const was = limitsOf(before);
  return [...limitsOf(after)].some(([driver, limit]) => limit > (was.get(driver) ?? 0));
}

/** Which CSI volumes pods use. */
class PodVolumesFinder {
  readonly #claims: Lister<coreV1.PersistentVolumeClaim>;
  readonly #volumes: Lister<coreV1.PersistentVolume>;
  readonly #classes: Lister<storageV1.StorageClass>;

  constructor({ lister }: Pick<PluginHandle, 'lister'>) {
    this.#claims = lister(coreV1Resources.persistentvolumeclaims);
    this.#volumes = lister(coreV1Resources.persistentvolumes);
    this.#classes = lister(storageV1Resources.storageclasses);
  }

  missingClaim(pod: Pod): string | undefined { return claimNamesOf(pod).find((name) => this.#claims.get(`${pod.metadata.namespace ?? ''}/${name}`) === undefined); }

  /** Claims that are gone do not count. */
  of(pod: Pod, csiNode: CsiNode | undefined): DriverByVolume {
    const found: DriverByVolume = new Map();
    for (const name of claimNamesOf(pod)) {
      const claim = this.#claims.get(`${pod.metadata.namespace ?? ''}/${name}`);
      const source = claim === undefined ? undefined : this.#sourceOf(claim, csiNode);
      if (source !== undefined) found.set(`${source.driver}/${source.handle}`, source.driver);
    }
    return found;
  }

  attached(attachments: readonly Readonly<storageV1.VolumeAttachment>[]): DriverByVolume {
    const found: DriverByVolume = new Map();
    for (const { spec } of attachments) {
      const handle = this.#volumes.get(spec.source.persistentVolumeName ?? '')?.spec?.csi?.volumeHandle;
      if (spec.attacher !== '' && handle !== undefined) found.set(`${spec.attacher}/${handle}`, spec.attacher);
    }
    return found;
  }

  /** Volumes of plugins that CSI replaced count where the node has the driver instead; a volume that is still to be made counts as its class's. */
  #sourceOf(claim: Readonly<coreV1.PersistentVolumeClaim>, csiNode: CsiNode | undefined): { driver: string; handle: string } | undefined {
    const spec = this.#volumes.get(claim.spec?.volumeName ?? '')?.spec;
    if (spec?.csi !== undefined) return { driver: spec.csi.driver, handle: spec.csi.volumeHandle };
    const plugin = spec === undefined ? this.#classes.get(claimClass(claim))?.provisioner : inTreePluginOf(spec);
    if (plugin === undefined) return undefined;
    const handle = spec === undefined ? `unbound-${claim.metadata.namespace ?? ''}/${claim.metadata.name}` : claim.spec?.volumeName ?? '';
    const replacement = csiDriverOf(plugin);
    if (replacement === undefined) return spec === undefined ? { driver: plugin, handle } : undefined;
    return isReplacedOn(csiNode, plugin) ? { driver: replacement, handle } : undefined;
  }
}

function isReplacedOn(csiNode: CsiNode | undefined, plugin: string): boolean {
  return csiNode?.metadata.annotations?.['storage.alpha.kubernetes.io/migrated-plugins']?.split(',').includes(plugin) === true;
}
