import { scaledIntOrPercent } from '@kubernode/apimachinery';
import type { coreV1, policyV1 } from '@kubernode/api';
import { controllerOf } from '@kubernode/controller';
import type { WorkloadScale } from './workload-scale.ts';

type Budget = Readonly<policyV1.PodDisruptionBudget>;
type Pod = Readonly<coreV1.Pod>;

/** How many pods there should be and how many of them healthy; or why that cannot be told. */
export type Expectation = { count: number; healthy: number; unmanaged: boolean } | { fault: string };

/** Whether workloads have to be asked: a share or a maximum is of their pods, a number is taken as it is. */
export function asksWorkloads({ spec }: Budget): boolean { return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string'; }

/** `scales` are those of the workloads, by their pods' controllers. */
export function expectedPods(budget: Budget, pods: readonly Pod[], scales: ReadonlyMap<string, WorkloadScale>): Expectation {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (!asksWorkloads(budget)) return typeof minAvailable === 'number' ? { count: pods.length, healthy: minAvailable, unmanaged: false } : { count: 0, healthy: 0, unmanaged: false };
  const replicas = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const scale = owner === undefined ? undefined : scales.get(owner.uid);
    if (owner === undefined) unmanaged = true;
    else if (scale === undefined || 'fault' in scale) return scale ?? { fault: `found no controllers for pod "${pod.metadata.name}"` };
    else replicas.set(scale.uid, scale.replicas);
  }
  const count = [...replicas.values()].reduce((sum, one) => sum + one, 0);
  if (maxUnavailable !== undefined) return { count, healthy: Math.max(0, count - (scaledIntOrPercent(maxUnavailable, count, 'up') ?? 0)), unmanaged };
  return { count, healthy: scaledIntOrPercent(minAvailable ?? 0, count, 'up') ?? 0, unmanaged };
}
