import { objectKey } from '@kubernode/apimachinery';
import { coreV1Resources, storageV1Resources, type coreV1 } from '@kubernode/api';
import { errorMessage, isAbortError } from '@kubernode/base';
import { bindVolume, volumeAnnotations } from '@kubernode/volume-matching';
import type { NodeView } from '../../cache/node-table.ts';
import type { VolumeBindingArgs } from '../../config/plugin-args.ts';
import type { Cycle, Plugin, PluginHandle } from '../../framework/plugin.ts';
import { failed, unresolvable } from '../../framework/verdict.ts';
import type { PluginObservers } from '../plugin-observers.ts';
import { AssumedObjects } from './assumed-objects.ts';
import { bindVolumes } from './bind-volumes.ts';
import { findPodVolumes, type PodVolumes } from './find-volumes.ts';
import { podClaims } from './pod-claims.ts';
import { volumeBindingEvents } from './volume-binding-events.ts';

type Claim = Readonly<coreV1.PersistentVolumeClaim>;

const UNBOUND = unresolvable('pod has unbound immediate PersistentVolumeClaims');

/** Places pods where their volumes are or can be made; claims that wait for a pod are bound when it has its node. */
export function volumeBinding({ bindTimeoutSeconds }: VolumeBindingArgs, handle: Pick<PluginHandle, 'lister' | 'client' | 'clock'>, { onVolumeFault }: PluginObservers = {}): Plugin {
  const claims = new AssumedObjects<coreV1.PersistentVolumeClaim>(handle.lister(coreV1Resources.persistentvolumeclaims), ({ metadata }) => objectKey(metadata));
  const volumes = new AssumedObjects<coreV1.PersistentVolume>(handle.lister(coreV1Resources.persistentvolumes), ({ metadata }) => metadata.name);
  const classes = handle.lister(storageV1Resources.storageclasses);
  const drivers = handle.lister(storageV1Resources.csidrivers);
  const capacities = handle.lister(storageV1Resources.csistoragecapacities);
  const classOf = (name: string): ReturnType<typeof classes.get> => classes.get(name);
  const source = { volume: (name: string) => volumes.get(name), volumes: () => volumes.list(), classOf, driver: (name: string) => drivers.get(name), capacities: () => capacities.list() };
  const found = new WeakMap<Cycle, Map<NodeView, PodVolumes>>();
  const reserved = new WeakMap<Cycle, PodVolumes>();
  return {
    name: 'VolumeBinding',
    events: volumeBindingEvents,
    prepareFilter(cycle) {
      const parts = podClaims(cycle.subject.pod, { claim: (key) => claims.get(key), classOf });
      if (parts === undefined) return undefined;
      if (typeof parts === 'string') return unresolvable(parts);
      if (parts.immediate.length > 0) return UNBOUND;
      const byNode = new Map<NodeView, PodVolumes>();
      found.set(cycle, byNode);
      return {
        check(node) {
          const result = findPodVolumes(parts, node, source);
          if ('code' in result) { if (result.code === 'error') onVolumeFault?.('predicate'); return result; }
          byNode.set(node, result);
          return undefined;
        },
      };
    },
    reserve(cycle, node) {
      const wanted = found.get(cycle)?.get(node);
      if (wanted === undefined || wanted.bindings.length + wanted.provisions.length === 0) return undefined;
      const assumed: PodVolumes = { bindings: wanted.bindings.map(({ volume, claim }) => ({ volume: bindVolume(volume, claim), claim })), provisions: wanted.provisions.map((claim) => onNode(claim, node.name)) };
      for (const { volume } of assumed.bindings) volumes.assume(volume);
      for (const claim of assumed.provisions) claims.assume(claim);
      reserved.set(cycle, assumed);
      return undefined;
    },
    unreserve(cycle) {
      const assumed = reserved.get(cycle);
      for (const { volume } of assumed?.bindings ?? []) volumes.restore(volume);
      for (const claim of assumed?.provisions ?? []) claims.restore(claim);
      reserved.delete(cycle);
    },
    needsPreBind: (cycle) => reserved.has(cycle),
    async preBind(cycle, node, signal) {
      const assumed = reserved.get(cycle);
      if (assumed === undefined) return undefined;
      try { await bindVolumes(assumed, node, { handle, claims, volumes, timeoutMs: bindTimeoutSeconds * 1000 }, signal); } catch (error) {
        if (isAbortError(error) && signal.aborted) throw error;
        onVolumeFault?.('bind');
        return failed(errorMessage(error));
      }
      return undefined;
    },
  };
}

/** Asks for a volume that the node can use. */
function onNode(claim: Claim, node: string): Claim {
  return { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [volumeAnnotations.selectedNode]: node } } };
}
