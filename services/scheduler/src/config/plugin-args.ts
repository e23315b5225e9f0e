import type { coreV1 } from '@kubernode/api';

/** The arguments of Kubernetes' own plugins as a profile's pluginConfig gives them, defaults filled in. */
export interface PluginArgs {
  DefaultPreemption: DefaultPreemptionArgs;
  DynamicResources: DynamicResourcesArgs;
  InterPodAffinity: InterPodAffinityArgs;
  NodeAffinity: NodeAffinityArgs;
  NodeResourcesBalancedAllocation: NodeResourcesBalancedAllocationArgs;
  NodeResourcesFit: NodeResourcesFitArgs;
  PodTopologySpread: PodTopologySpreadArgs;
  VolumeBinding: VolumeBindingArgs;
}

export interface DefaultPreemptionArgs { readonly minCandidateNodesPercentage: number; readonly minCandidateNodesAbsolute: number }
export interface DynamicResourcesArgs { /** A duration as Go writes it. */ readonly filterTimeout: string; readonly bindingTimeout: string }
export interface InterPodAffinityArgs { readonly hardPodAffinityWeight: number; readonly ignorePreferredTermsOfExistingPods: boolean }
export interface NodeAffinityArgs { readonly addedAffinity?: coreV1.NodeAffinity }
export interface ResourceSpec { readonly name: string; readonly weight: number }
export interface NodeResourcesBalancedAllocationArgs { readonly resources: readonly ResourceSpec[] }
export interface UtilizationShapePoint { readonly utilization: number; readonly score: number }
export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  readonly resources: readonly ResourceSpec[];
  readonly requestedToCapacityRatio?: { readonly shape: readonly UtilizationShapePoint[] };
}
export interface NodeResourcesFitArgs { readonly ignoredResources: readonly string[]; readonly ignoredResourceGroups: readonly string[]; readonly scoringStrategy: ScoringStrategy }
export interface PodTopologySpreadArgs { readonly defaultConstraints: readonly coreV1.TopologySpreadConstraint[]; readonly defaultingType: 'System' | 'List' }
export interface VolumeBindingArgs { readonly bindTimeoutSeconds: number; /** Belongs to a feature that is off; given, it is refused. */ readonly shape?: readonly UtilizationShapePoint[] }

const cpuAndMemory: readonly ResourceSpec[] = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];

/** What stands where a configuration is silent. */
export const defaultPluginArgs: PluginArgs = {
  DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
  DynamicResources: { filterTimeout: '10s', bindingTimeout: '10m0s' },
  InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
  NodeAffinity: {},
  NodeResourcesBalancedAllocation: { resources: cpuAndMemory },
  NodeResourcesFit: { ignoredResources: [], ignoredResourceGroups: [], scoringStrategy: { type: 'LeastAllocated', resources: cpuAndMemory } },
  PodTopologySpread: { defaultConstraints: [], defaultingType: 'System' },
  VolumeBinding: { bindTimeoutSeconds: 600 },
};
