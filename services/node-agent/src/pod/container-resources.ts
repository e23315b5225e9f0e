import type { cri } from '@kubernode/rpc';
import { bytes, milliCpu } from './amounts.ts';
import { type Container, type Pod, qosClass } from './pod-facts.ts';

const SHARES_PER_CPU = 1024;
const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
const PERIOD_US = 100_000;
/** The kernel refuses shorter quotas. */
const QUOTA_MIN_US = 1000;

/** A container's requests and limits as the kernel's control groups take them. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): cri.LinuxContainerResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const cpuLimit = milliCpu(limits['cpu']);
  const requested = requests['cpu'] ?? limits['cpu'];
  return {
    cpuShares: cpuShares(milliCpu(requested)),
    cpuPeriod: PERIOD_US,
    ...(cpuLimit > 0 && { cpuQuota: Math.max(QUOTA_MIN_US, Math.floor((cpuLimit * PERIOD_US) / 1000)) }),
    memoryLimitInBytes: bytes(limits['memory']),
    oomScoreAdj: oomScoreAdjustment(pod, container, nodeMemoryBytes),
  };
}

function cpuShares(milli: number): number {
  return Math.min(SHARES_MAX, Math.max(SHARES_MIN, Math.floor((milli * SHARES_PER_CPU) / 1000)));
}

const OOM_GUARANTEED = -997;
const OOM_BEST_EFFORT = 1000;

/** Who is killed first when the node runs out of memory: the larger the share of memory a container asked for, the later. */
function oomScoreAdjustment(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed' || (pod.spec?.priority ?? 0) >= 2_000_000_000) return OOM_GUARANTEED;
  if (qos === 'BestEffort') return OOM_BEST_EFFORT;
  const requested = bytes(container.resources?.requests?.['memory']);
  const score = Math.floor(1000 - (1000 * requested) / Math.max(1, nodeMemoryBytes));
  return Math.min(OOM_BEST_EFFORT - 1, Math.max(1000 + OOM_GUARANTEED, score)); // strictly between the two other classes
}
