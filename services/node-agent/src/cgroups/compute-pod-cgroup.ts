import { milliOf, unitsOf } from '@kubernode/apimachinery';
import { podTotals } from '@kubernode/quota';
import { bytes, milliCpu } from '../pod/amounts.ts';
import { CPU_PERIOD_US, cpuQuota, cpuShares } from '../pod/container-resources.ts';
import { allContainers, mainContainers, initContainers, type Pod, qosClass } from '../pod/pod-facts.ts';

/** What a control group is set to; what is absent is left as it is. */
export interface CgroupAmounts {
  cpuShares?: number;
  /** Microseconds of a period; -1 for no limit. */
  cpuQuotaUs?: number;
  cpuPeriodUs?: number;
  memoryBytes?: number;
  pidsMax?: number;
}

/** A pod's control group as a whole: what its containers ask for together, and a limit where each of them, or the pod itself, has one. */
export function podCgroup(pod: Pod, { pidsMax }: { pidsMax: number }): CgroupAmounts {
  const pids = pidsMax > 0 ? { pidsMax } : {};
  const qos = qosClass(pod);
  const spec = pod.spec;
  if (qos === 'BestEffort' || spec === undefined) return { cpuShares: cpuShares(0), ...pids };
  const requests = podTotals(spec, 'requests', { overhead: true });
  const limits = podTotals(spec, 'limits', { overhead: true });
  const cpu = limits.get('cpu');
  const memory = limits.get('memory');
  const own = spec.resources?.limits ?? {};
  const all = [...mainContainers(pod), ...initContainers(pod)];
  const hasCpuLimit = milliCpu(own['cpu']) > 0 || all.every(({ resources }) => milliCpu(resources?.limits?.['cpu']) > 0);
  const hasMemoryLimit = bytes(own['memory']) > 0 || all.every(({ resources }) => bytes(resources?.limits?.['memory']) > 0);
  const request = requests.get('cpu');
  return {
    cpuShares: cpuShares(request === undefined ? 0 : Number(milliOf(request))),
    ...(cpu !== undefined && hasCpuLimit && { cpuQuotaUs: cpuQuota(Number(milliOf(cpu))), cpuPeriodUs: CPU_PERIOD_US }),
    ...(memory !== undefined && hasMemoryLimit && { memoryBytes: Number(unitsOf(memory)) }),
    ...pids,
  };
}

/** The shares of all burstable pods together: what they ask for. */
export function burstableShares(pods: readonly Pod[]): number {
  const milli = pods.filter((pod) => pod.spec !== undefined && qosClass(pod) === 'Burstable' && allContainers(pod).length > 0)
    .map((pod) => podTotals(pod.spec ?? { containers: [] }, 'requests', { overhead: true }).get('cpu'))
    .reduce((sum, cpu) => sum + (cpu === undefined ? 0 : Number(milliOf(cpu))), 0);
  return cpuShares(milli);
}
