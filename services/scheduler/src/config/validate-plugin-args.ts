import { duplicate, forbiddenField, invalidValue, labelKeyFaults, notSupported, repeatedIndexes, required, type FieldError } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { parseDuration } from '@kubernode/component-base';
import type { NodeResourcesFitArgs, PluginArgs, PodTopologySpreadArgs, UtilizationShapePoint } from './plugin-args.ts';

const STRATEGIES = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const SHAPE_SCORE_MAX = 10;

/** Faults of the arguments of a plugin, in Kubernetes' words. */
export function pluginArgsFaults(name: string, args: PluginArgs, path: string): FieldError[] {
  switch (name) {
    case 'DefaultPreemption': return preemptionFaults(args.DefaultPreemption, path);
    case 'InterPodAffinity': return rangeFault(`${path}.hardPodAffinityWeight`, args.InterPodAffinity.hardPodAffinityWeight);
    case 'NodeAffinity': return affinityFaults(args.NodeAffinity, `${path}.addedAffinity`);
    case 'NodeResourcesBalancedAllocation': return balancedFaults(args.NodeResourcesBalancedAllocation, path);
    case 'NodeResourcesFit': return fitFaults(args.NodeResourcesFit, path);
    case 'PodTopologySpread': return spreadFaults(args.PodTopologySpread, path);
    case 'VolumeBinding': return volumeFaults(args.VolumeBinding, path);
    case 'DynamicResources': return deviceFaults(args.DynamicResources, path);
    default: return [];
  }
}

function rangeFault(path: string, value: number): FieldError[] { return value < 0 || value > 100 ? [invalidValue(path, value, 'not in valid range [0, 100]')] : []; }

function preemptionFaults({ minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute }: PluginArgs['DefaultPreemption'], path: string): FieldError[] {
  const [percentagePath, absolutePath] = [`${path}.minCandidateNodesPercentage`, `${path}.minCandidateNodesAbsolute`];
  return [
    ...rangeFault(percentagePath, percentage),
    ...(absolute < 0 ? [invalidValue(absolutePath, absolute, 'not in valid range [0, inf)')] : []),
    ...(percentage === 0 && absolute === 0 ? [invalidValue(percentagePath, percentage, 'cannot be zero at the same time as minCandidateNodesAbsolute'), invalidValue(absolutePath, absolute, 'cannot be zero at the same time as minCandidateNodesPercentage')] : []),
  ];
}

function affinityFaults({ addedAffinity }: PluginArgs['NodeAffinity'], path: string): FieldError[] {
  const terms = [
    ...(addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).map((term, i) => ({ term, at: `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]` })),
    ...(addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ preference }, i) => ({ term: preference, at: `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]` })),
  ];
  return terms.flatMap(({ term, at }) => (term.matchExpressions ?? []).flatMap(({ key, operator }, i) => [
    ...(OPERATORS.includes(operator) ? [] : [notSupported(`${at}.matchExpressions[${i}].operator`, operator, [...OPERATORS].sort())]),
    ...labelKeyFaults(key).map((fault) => invalidValue(`${at}.matchExpressions[${i}].key`, key, fault)),
  ]));
}

function balancedFaults({ resources }: PluginArgs['NodeResourcesBalancedAllocation'], path: string): FieldError[] {
  const repeated = repeatedIndexes(resources.map(({ name }) => name));
  return resources.flatMap(({ name, weight }, i) => [
    ...(repeated.has(i) ? [duplicate(`${path}.resources[${i}].name`, name)] : []),
    ...(weight === 1 ? [] : [invalidValue(`${path}.resources[${i}].weight`, weight, 'must be 1')]),
  ]);
}

function fitFaults({ ignoredResources, ignoredResourceGroups, scoringStrategy }: NodeResourcesFitArgs, path: string): FieldError[] {
  const at = `${path}.scoringStrategy`;
  const { type, resources, requestedToCapacityRatio } = scoringStrategy;
  const ratio = `${at}.requestedToCapacityRatio`;
  return [
    ...ignoredResources.flatMap((one, i) => labelKeyFaults(one).map((fault) => invalidValue(`${path}.ignoredResources[${i}]`, one, fault))),
    ...ignoredResourceGroups.flatMap((one, i) => (one.includes('/') ? [invalidValue(`${path}.ignoredResourceGroups[${i}]`, one, "resource group name can't contain '/'")] : [])),
    ...(STRATEGIES.includes(type) ? [] : [notSupported(`${at}.type`, type, STRATEGIES)]),
    ...resources.flatMap(({ name, weight }, i) => (weight <= 0 || weight > 100 ? [invalidValue(`${at}.resources[${i}].weight`, weight, `resource weight of ${name} not in valid range (0, 100]`)] : [])),
    ...(type !== 'RequestedToCapacityRatio' && requestedToCapacityRatio !== undefined ? [forbiddenField(ratio, 'must be nil when type is not RequestedToCapacityRatio')] : []),
    ...(type === 'RequestedToCapacityRatio' ? requestedToCapacityRatio === undefined ? [required(ratio, 'must be specified when type is RequestedToCapacityRatio')] : shapeFaults(requestedToCapacityRatio.shape, `${ratio}.shape`) : []),
  ];
}

function shapeFaults(shape: readonly UtilizationShapePoint[], path: string): FieldError[] {
  if (shape.length === 0) return [required(path, 'at least one point must be specified')];
  const unsorted = shape.findIndex(({ utilization }, i) => i > 0 && (shape[i - 1]?.utilization ?? 0) >= utilization);
  return [
    ...(unsorted < 0 ? [] : [invalidValue(`${path}[${unsorted}].utilization`, shape[unsorted]?.utilization, 'values must be sorted in increasing order')]),
    ...shape.flatMap(({ utilization, score }, i) => [
      ...rangeFault(`${path}[${i}].utilization`, utilization),
      ...(score < 0 || score > SHAPE_SCORE_MAX ? [invalidValue(`${path}[${i}].score`, score, `not in valid range [0, ${SHAPE_SCORE_MAX}]`)] : []),
    ]),
  ];
}

function spreadFaults({ defaultingType, defaultConstraints: given }: PodTopologySpreadArgs, path: string): FieldError[] {
  const defaultConstraints = given as readonly Partial<coreV1.TopologySpreadConstraint>[]; // a file may leave anything out
  const repeated = repeatedIndexes(defaultConstraints.map(({ topologyKey = '', whenUnsatisfiable = '' }) => `${whenUnsatisfiable} ${topologyKey}`));
  const typePath = `${path}.defaultingType`;
  const list = `${path}.defaultConstraints`;
  return [
    ...(['System', 'List'].includes(defaultingType) ? [] : [notSupported(typePath, defaultingType, ['System', 'List'])]),
    ...(defaultingType === 'System' && defaultConstraints.length > 0 ? [invalidValue(typePath, defaultingType, 'when .defaultConstraints are not empty')] : []),
    ...defaultConstraints.flatMap(({ maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', labelSelector }, i) => [
      ...(maxSkew > 0 ? [] : [invalidValue(`${list}[${i}].maxSkew`, maxSkew, 'not in valid range (0, inf)')]),
      ...(topologyKey === '' ? [required(`${list}[${i}].topologyKey`, 'can not be empty')] : labelKeyFaults(topologyKey).map((fault) => invalidValue(`${list}[${i}].topologyKey`, topologyKey, fault))),
      ...(whenUnsatisfiable === '' ? [required(`${list}[${i}].whenUnsatisfiable`, 'can not be empty')] : ['DoNotSchedule', 'ScheduleAnyway'].includes(whenUnsatisfiable) ? [] : [notSupported(`${list}[${i}].whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'])]),
      ...(labelSelector === undefined ? [] : [forbiddenField(`${list}[${i}].labelSelector`, 'constraint must not define a selector, as they deduced for each pod')]),
      ...(repeated.has(i) ? [duplicate(`${list}[${i}]`, `{${topologyKey}, ${whenUnsatisfiable}}`)] : []),
    ]),
  ];
}

function volumeFaults({ bindTimeoutSeconds, shape }: PluginArgs['VolumeBinding'], path: string): FieldError[] {
  return [
    ...(bindTimeoutSeconds < 0 ? [invalidValue(`${path}.bindTimeoutSeconds`, bindTimeoutSeconds, 'invalid BindTimeoutSeconds, should not be a negative value')] : []),
    ...(shape === undefined ? [] : [invalidValue(`${path}.shape`, shape, 'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring')]),
  ];
}

function deviceFaults({ filterTimeout, bindingTimeout }: PluginArgs['DynamicResources'], path: string): FieldError[] {
  return [
    ...((parseDuration(filterTimeout) ?? -1) < 0 ? [invalidValue(`${path}.filterTimeout`, filterTimeout, 'must be zero or positive')] : []),
    ...((parseDuration(bindingTimeout) ?? 0) < 1000 ? [invalidValue(`${path}.bindingTimeout`, bindingTimeout, 'must be at least 1 second')] : []),
  ];
}
