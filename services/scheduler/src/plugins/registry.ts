import type { PluginArgs } from '../config/plugin-args.ts';
import type { Plugin, PluginHandle } from '../framework/plugin.ts';
import { defaultBinder } from './default-binder.ts';
import { defaultPreemption } from './default-preemption.ts';
import { dynamicResources } from './dynamic-resources/dynamic-resources.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { nodeVolumeLimits } from './node-volume-limits.ts';
import type { PluginObservers } from './plugin-observers.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { prioritySort } from './priority-sort.ts';
import { schedulingGates } from './scheduling-gates.ts';
import { taintToleration } from './taint-toleration.ts';
import { volumeBinding } from './volume-binding/volume-binding.ts';
import { volumeRestrictions } from './volume-restrictions.ts';
import { volumeZone } from './volume-zone.ts';

/** Makes a plugin of one profile. */
export type PluginMaker = (handle: PluginHandle, args: PluginArgs, observers: PluginObservers) => Plugin;

/** Kubernetes' own plugins, by the names that configurations use. */
export const ownPlugins: ReadonlyMap<string, PluginMaker> = new Map<string, PluginMaker>([
  ['SchedulingGates', () => schedulingGates],
  ['PrioritySort', () => prioritySort],
  ['NodeUnschedulable', () => nodeUnschedulable],
  ['NodeName', () => nodeName],
  ['TaintToleration', () => taintToleration],
  ['NodeAffinity', (_handle, args) => nodeAffinity(args.NodeAffinity)],
  ['NodePorts', () => nodePorts],
  ['NodeResourcesFit', (_handle, args) => nodeResourcesFit(args.NodeResourcesFit)],
  ['VolumeRestrictions', (handle) => volumeRestrictions(handle)],
  ['NodeVolumeLimits', (handle) => nodeVolumeLimits(handle)],
  ['VolumeBinding', (handle, args, observers) => volumeBinding(args.VolumeBinding, handle, observers)],
  ['VolumeZone', (handle) => volumeZone(handle)],
  ['PodTopologySpread', (handle, args) => podTopologySpread(args.PodTopologySpread, handle)],
  ['InterPodAffinity', (handle, args) => interPodAffinity(args.InterPodAffinity, handle)],
  ['DynamicResources', (handle, args) => dynamicResources(args.DynamicResources, handle)],
  ['DefaultPreemption', (handle, args, observers) => defaultPreemption(args.DefaultPreemption, handle, observers)],
  ['NodeResourcesBalancedAllocation', (_handle, args) => nodeResourcesBalancedAllocation(args.NodeResourcesBalancedAllocation)],
  ['ImageLocality', () => imageLocality],
  ['DefaultBinder', (handle) => defaultBinder(handle)],
  ['NodeDeclaredFeatures', () => nodeDeclaredFeatures],
]);

export interface EnabledPlugin { readonly name: string; readonly weight?: number | undefined }

/** What a profile has at all the extension points that a plugin fills, in this order, unless a configuration says otherwise. */
export const defaultMultiPoint: readonly EnabledPlugin[] = [
  { name: 'SchedulingGates' }, { name: 'PrioritySort' }, { name: 'NodeUnschedulable' }, { name: 'NodeName' }, { name: 'TaintToleration', weight: 3 }, { name: 'NodeAffinity', weight: 2 },
  { name: 'NodePorts' }, { name: 'NodeResourcesFit', weight: 1 }, { name: 'VolumeRestrictions' }, { name: 'NodeVolumeLimits' }, { name: 'VolumeBinding' }, { name: 'VolumeZone' },
  { name: 'PodTopologySpread', weight: 2 }, { name: 'InterPodAffinity', weight: 2 }, { name: 'DynamicResources', weight: 2 }, { name: 'DefaultPreemption' },
  { name: 'NodeResourcesBalancedAllocation', weight: 1 }, { name: 'ImageLocality', weight: 1 }, { name: 'DefaultBinder' }, { name: 'NodeDeclaredFeatures' },
];
