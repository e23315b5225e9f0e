import type { coreV1 } from '@kubernode/api';
import { isReadyPod } from '../pods.ts';
import { MetricFault } from './metric-fault.ts';
import { requestsOf } from './pod-requests.ts';
import { groupPods, type PodGroups, type PodUsages, type Readiness } from './pod-usage.ts';

type Pod = Readonly<coreV1.Pod>;

/** By how much usage may differ from its target before anything is scaled. */
export interface Tolerances { up: number; down: number }

/** What the number of replicas follows from, whatever the metric. */
export interface Situation {
  pods: readonly Pod[];
  specReplicas: number;
  statusReplicas: number;
  tolerances: Tolerances;
  readiness: Readiness;
}

/** How many replicas a metric asks for, and what it says is used, in thousandths (or percent). */
export interface Proposal { replicas: number; usage: number; utilization?: number }

export const INT32_MAX = 2_147_483_647;
const INT64_MAX = Number(2n ** 63n - 1n);

function isTolerable({ up, down }: Tolerances, ratio: number): boolean { return 1 - down <= ratio && ratio <= 1 + up; }

/** Whole numbers as Kubernetes counts with: cut off, not rounded. */
function divided(total: number, by: number): number { return Math.trunc(total / by); }

function sum(values: Iterable<number>): number { return [...values].reduce((total, one) => total + one, 0); }

/** Of a resource, as a share of what pods ask for. */
export function replicasForUtilization(usages: PodUsages, situation: Situation, { resource, container, target }: { resource: string; container: string; target: number }): Proposal {
  const groups = grouped(usages, situation, resource);
  const requests = requestsOf(situation.pods, resource, container);
  const utilized = (samples: ReadonlyMap<string, number>): { ratio: number; utilization: number; usage: number } => {
    const known = [...samples].filter(([name]) => requests.has(name));
    const requested = sum(known.map(([name]) => requests.get(name) ?? 0));
    if (requested === 0) throw new MetricFault('no metrics returned matched known pods');
    const used = sum(known.map(([, milli]) => milli));
    const utilization = divided(used * 100, requested);
    return { ratio: utilization / target, utilization, usage: divided(used, known.length) };
  };
  const { ratio, utilization, usage } = utilized(groups.samples);
  // A pod of which nothing is known uses, when scaling down, all it asked for, or the target where that is more.
  const fallback = (pod: Pod): number => divided((requests.get(pod.metadata.name) ?? 0) * Math.max(100, target), 100);
  return { replicas: replicasForRatio(ratio, groups, situation, { fallback, ratioOf: (samples) => utilized(samples).ratio }), usage, utilization };
}

/** Of anything that pods tell, on average. `resource` matters for CPU alone. */
export function replicasForAverage(usages: PodUsages, situation: Situation, { resource, target }: { resource: string; target: number }): Proposal {
  const groups = grouped(usages, situation, resource);
  const average = (samples: ReadonlyMap<string, number>): number => divided(sum(samples.values()), samples.size);
  const usage = average(groups.samples);
  return { replicas: replicasForRatio(usage / target, groups, situation, { fallback: () => target, ratioOf: (samples) => average(samples) / target }), usage };
}

function grouped(usages: PodUsages, { pods, readiness }: Situation, resource: string): PodGroups {
  if (pods.length === 0) throw new MetricFault('no pods returned by selector while calculating replica count');
  const groups = groupPods(pods, usages, { isCpu: resource === 'cpu', readiness });
  if (groups.samples.size === 0) throw new MetricFault('did not receive metrics for targeted pods (pods might be unready)');
  return groups;
}

interface Assumptions { fallback(pod: Pod): number; ratioOf(samples: ReadonlyMap<string, number>): number }

/** Pods without samples are assumed to use what speaks against scaling: nothing on the way up, much on the way down. */
function replicasForRatio(ratio: number, { readyCount, unready, missing, samples }: PodGroups, { specReplicas, tolerances }: Situation, { fallback, ratioOf }: Assumptions): number {
  const upWithUnready = unready.length > 0 && ratio > 1;
  if (!upWithUnready && missing.length === 0) return isTolerable(tolerances, ratio) ? specReplicas : Math.ceil(ratio * readyCount);
  const assumed = new Map(samples);
  if (ratio < 1) for (const pod of missing) assumed.set(pod.metadata.name, fallback(pod));
  if (ratio > 1) for (const pod of missing) assumed.set(pod.metadata.name, 0);
  if (upWithUnready) for (const pod of unready) assumed.set(pod.metadata.name, 0);
  const newRatio = ratioOf(assumed);
  if (isTolerable(tolerances, newRatio) || (ratio < 1 && newRatio > 1) || (ratio > 1 && newRatio < 1)) return specReplicas;
  const replicas = Math.ceil(newRatio * assumed.size);
  return (newRatio < 1 && replicas > specReplicas) || (newRatio > 1 && replicas < specReplicas) ? specReplicas : replicas;
}

/** Of one value for all: the pods that are ready share it. From zero replicas, the value alone decides. */
export function replicasForValue(value: number, { pods, specReplicas, tolerances }: Situation, target: number): Proposal {
  const ratio = value / target;
  if (specReplicas === 0) return { replicas: Math.ceil(ratio), usage: value };
  if (isTolerable(tolerances, ratio)) return { replicas: specReplicas, usage: value };
  if (pods.length === 0) throw new MetricFault('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  const ready = pods.filter((pod) => pod.status?.phase === 'Running' && isReadyPod(pod)).length;
  return { replicas: Math.min(INT32_MAX, Math.ceil(ratio * ready)), usage: value };
}

/** Of one value for all, so much of it for each pod. */
export function replicasForValuePerPod(value: number, { statusReplicas, tolerances }: Situation, target: number): Proposal {
  const tolerable = isTolerable(tolerances, value / (target * statusReplicas));
  return { replicas: tolerable ? statusReplicas : Math.min(INT32_MAX, Math.ceil(value / target)), usage: Math.min(INT64_MAX, Math.ceil(value / statusReplicas)) };
}

/** External metrics may have several values, which add up. */
export function totalOf(values: readonly number[]): number { return Math.min(INT64_MAX, sum(values)); }
