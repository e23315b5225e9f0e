import type { coreV1 } from '@kubernode/api';
import type { KubeObject, Quantity } from '@kubernode/apimachinery';
import { parseQuantity } from '@kubernode/apimachinery';
import { countName, one, type Evaluator, type Usage } from './evaluator.ts';
import { isPodLevel, podTotals } from './pod-totals.ts';
import type { ScopeRequirement } from './scopes.ts';
import { matchesRequirement } from './scope-requirement.ts';

type Pod = coreV1.Pod & KubeObject;
const COUNT = countName({ group: '', resource: 'pods' });
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const NAMES: ReadonlySet<string> = new Set([COUNT, 'pods', ...COMPUTE, ...COMPUTE.map((name) => `requests.${name}`), ...COMPUTE.map((name) => `limits.${name}`)]);
/** Whoever limits these wants each container to say how much. */
const HAVE_TO_BE_SAID = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** Pods cost a pod and what they ask for, until they have ended. */
export const podEvaluator: Evaluator = {
  handles: ({ operation, subresource, object, oldObject }) => {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    return operation === 'CREATE' || (operation === 'UPDATE' && isTerminating(object as Pod) !== isTerminating(oldObject as Pod)); // pods, by the registry
  },
  counts: (name) => NAMES.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-') || (name.startsWith('requests.') && (!isNative(name) || isDeviceClass(name.slice('requests.'.length)))),
  matchesScope: (requirement, object) => matchesScope(requirement, object as Pod), // likewise
  missing: (names, object) => missing(names, object as Pod), // likewise
  usage: (object, now) => podUsage(object as Pod, now), // likewise
};

/** All that the pod costs now. */
export function podUsage(pod: Readonly<Pod>, now: number): Usage {
  const result: Usage = new Map([[COUNT, one]]);
  if (hasEnded(pod, now)) return result;
  const { spec = { containers: [] }, status = {} } = pod;
  const [requests, limits] = [podTotals(spec, 'requests', { overhead: true, status }), podTotals(spec, 'limits', { overhead: true, status })];
  for (const [name, quantity] of computeUsage(requests, limits)) result.set(name, quantity);
  return result;
}

/** A pod that should be gone but cannot go does not stand in the way of its successor. */
export function hasEnded({ status, metadata }: Readonly<coreV1.Pod>, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds !== undefined && now > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: ReadonlyMap<string, Quantity>, limits: ReadonlyMap<string, Quantity>): Usage {
  const result: Usage = new Map([['pods', one]]);
  for (const [name, quantity] of requests) {
    const isCompute = COMPUTE.includes(name) || name.startsWith('hugepages-');
    if (isCompute) result.set(name, quantity);
    if (isCompute || isDeviceClass(name) || (!isNative(name) && !name.startsWith('requests.'))) result.set(`requests.${name}`, quantity);
  }
  for (const [name, quantity] of limits) if (COMPUTE.includes(name)) result.set(`limits.${name}`, quantity);
  return result;
}

function missing(names: readonly string[], { spec }: Readonly<Pod>): string | undefined {
  if (spec === undefined || [...Object.keys(spec.resources?.requests ?? {}), ...Object.keys(spec.resources?.limits ?? {})].some(isPodLevel)) return undefined;
  const required = names.filter((name) => HAVE_TO_BE_SAID.includes(name)).sort();
  const silent = new Map<string, Set<string>>();
  for (const { name: container, resources } of [...spec.containers ?? [], ...spec.initContainers ?? []]) {
    const said = computeUsage(quantities(resources?.requests), quantities(resources?.limits));
    for (const name of required) if (!said.has(name)) silent.set(name, (silent.get(name) ?? new Set()).add(container));
  }
  if (silent.size === 0) return undefined;
  return `must specify ${[...silent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, containers]) => `${name} for: ${[...containers].sort().join(',')}`).join('; ')}`;
}

function quantities(list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

function matchesScope(requirement: ScopeRequirement, pod: Readonly<Pod>): boolean {
  switch (requirement.scopeName) {
    case 'Terminating': return isTerminating(pod);
    case 'NotTerminating': return !isTerminating(pod);
    case 'BestEffort': return isBestEffort(pod);
    case 'NotBestEffort': return !isBestEffort(pod);
    case 'PriorityClass': return matchesRequirement(requirement, pod.spec?.priorityClassName || undefined);
    case 'CrossNamespacePodAffinity': return reachesOtherNamespaces(pod);
    default: return false;
  }
}

/** It has to end by itself, which is what the scope means. */
export function isTerminating({ spec }: Readonly<coreV1.Pod>): boolean {
  return (spec?.activeDeadlineSeconds ?? -1) >= 0;
}

/** By what the server wrote down when the pod was made; before that: nothing is asked for and nothing limited, where the pod as a whole says so by that. */
function isBestEffort({ spec, status }: Readonly<Pod>): boolean {
  if (status?.qosClass !== undefined && status.qosClass !== '') return status.qosClass === 'BestEffort';
  const lists = spec?.resources === undefined ? [...spec?.containers ?? [], ...spec?.initContainers ?? []].map(({ resources }) => resources) : [spec.resources];
  return lists.every((resources) => [...Object.entries(resources?.requests ?? {}), ...Object.entries(resources?.limits ?? {})].every(([name, text]) => (name !== 'cpu' && name !== 'memory') || parseQuantity(text).nanos === 0n));
}

function reachesOtherNamespaces({ spec }: Readonly<Pod>): boolean {
  const sides = [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity];
  const terms = sides.flatMap((side) => [...side?.requiredDuringSchedulingIgnoredDuringExecution ?? [], ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm)]);
  return terms.some(({ namespaces, namespaceSelector }) => (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined);
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** A device class by the name of the resource that every class is. */
function isDeviceClass(name: string): boolean {
  return name.startsWith('deviceclass.resource.kubernetes.io/');
}
