import type { coreV1 } from '@kubernode/api';
import { UserError } from '@kubernode/component-base';
import { FieldReader, refuseUnknownFields, type Shape } from './document.ts';
import { defaultPluginArgs, type PluginArgs, type ResourceSpec, type ScoringStrategy, type UtilizationShapePoint } from './plugin-args.ts';

const TYPE = { apiVersion: true, kind: true } as const;
const RESOURCES = [{ name: true, weight: true }] as const;
const POINTS = [{ utilization: true, score: true }] as const;

const SHAPES: Readonly<Record<keyof PluginArgs, Shape>> = {
  DefaultPreemption: { ...TYPE, minCandidateNodesPercentage: true, minCandidateNodesAbsolute: true },
  DynamicResources: { ...TYPE, filterTimeout: true, bindingTimeout: true },
  InterPodAffinity: { ...TYPE, hardPodAffinityWeight: true, ignorePreferredTermsOfExistingPods: true },
  NodeAffinity: { ...TYPE, addedAffinity: true },
  NodeResourcesBalancedAllocation: { ...TYPE, resources: RESOURCES },
  NodeResourcesFit: { ...TYPE, ignoredResources: true, ignoredResourceGroups: true, scoringStrategy: { type: true, resources: RESOURCES, requestedToCapacityRatio: { shape: POINTS } } },
  PodTopologySpread: { ...TYPE, defaultConstraints: true, defaultingType: true },
  VolumeBinding: { ...TYPE, bindTimeoutSeconds: true, shape: POINTS },
};

/** The arguments of Kubernetes' own plugins, each with its defaults. */
export function readPluginArgs(given: ReadonlyMap<string, unknown>): PluginArgs {
  const read = (name: keyof PluginArgs): FieldReader => {
    const args = new FieldReader(given.get(name), `${name}Args`);
    if (args.has('kind') && args.text('kind', '') !== `${name}Args`) throw new UserError(`decoding args for plugin ${name}: args for plugin ${name} were not of type ${name}Args.kubescheduler.config.k8s.io, got ${args.text('kind', '')}.kubescheduler.config.k8s.io`);
    refuseUnknownFields((given.get(name) ?? {}) as Readonly<Record<string, unknown>>, SHAPES[name]); // the reader saw that it is an object
    return args;
  };
  const defaults = defaultPluginArgs;
  const [preemption, devices, affinity, nodeAffinity] = [read('DefaultPreemption'), read('DynamicResources'), read('InterPodAffinity'), read('NodeAffinity')];
  const [balanced, fit, spread, volumes] = [read('NodeResourcesBalancedAllocation'), read('NodeResourcesFit'), read('PodTopologySpread'), read('VolumeBinding')];
  return {
    DefaultPreemption: {
      minCandidateNodesPercentage: preemption.number('minCandidateNodesPercentage', defaults.DefaultPreemption.minCandidateNodesPercentage),
      minCandidateNodesAbsolute: preemption.number('minCandidateNodesAbsolute', defaults.DefaultPreemption.minCandidateNodesAbsolute),
    },
    DynamicResources: { filterTimeout: devices.text('filterTimeout', defaults.DynamicResources.filterTimeout), bindingTimeout: devices.text('bindingTimeout', defaults.DynamicResources.bindingTimeout) },
    InterPodAffinity: { hardPodAffinityWeight: affinity.number('hardPodAffinityWeight', defaults.InterPodAffinity.hardPodAffinityWeight), ignorePreferredTermsOfExistingPods: affinity.flag('ignorePreferredTermsOfExistingPods', false) },
    NodeAffinity: nodeAffinity.has('addedAffinity') ? { addedAffinity: nodeAffinity.raw('addedAffinity') as coreV1.NodeAffinity } : {}, // judged by the validation
    NodeResourcesBalancedAllocation: { resources: readResources(balanced) },
    NodeResourcesFit: { ignoredResources: fit.texts('ignoredResources'), ignoredResourceGroups: fit.texts('ignoredResourceGroups'), scoringStrategy: readStrategy(fit) },
    PodTopologySpread: { defaultConstraints: spread.list('defaultConstraints') as readonly coreV1.TopologySpreadConstraint[], defaultingType: spread.text('defaultingType', 'System') as 'System' | 'List' }, // judged by the validation
    VolumeBinding: { bindTimeoutSeconds: volumes.number('bindTimeoutSeconds', defaults.VolumeBinding.bindTimeoutSeconds), ...(volumes.has('shape') && { shape: readPoints(volumes) }) },
  };
}

function readResources(args: FieldReader): readonly ResourceSpec[] {
  const given = args.objects('resources').map((one) => ({ name: one.text('name', ''), weight: one.number('weight', 0) || 1 }));
  return given.length === 0 ? defaultPluginArgs.NodeResourcesFit.scoringStrategy.resources : given;
}

function readStrategy(args: FieldReader): ScoringStrategy {
  if (!args.has('scoringStrategy')) return defaultPluginArgs.NodeResourcesFit.scoringStrategy;
  const strategy = args.object('scoringStrategy');
  return {
    type: strategy.text('type', '') as ScoringStrategy['type'], // judged by the validation
    resources: readResources(strategy),
    ...(strategy.has('requestedToCapacityRatio') && { requestedToCapacityRatio: { shape: readPoints(strategy.object('requestedToCapacityRatio')) } }),
  };
}

function readPoints(args: FieldReader): UtilizationShapePoint[] { return args.objects('shape').map((one) => ({ utilization: one.number('utilization', 0), score: one.number('score', 0) })); }
