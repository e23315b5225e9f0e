import { podTotals } from '@kubernode/quota';
import type { cri } from '@kubernode/rpc';
import { bytes, milliCpu } from './amounts.ts';
import { type Container, initContainers, isSidecar, mainContainers, type Pod, qosClass } from './pod-facts.ts';

const SHARES_PER_CPU = 1024;
const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
export const CPU_PERIOD_US = 100_000;
/** The kernel refuses shorter quotas. */
const QUOTA_MIN_US = 1000;

/** What of the node a container's control group depends on. */
export interface NodeAmounts { memoryBytes: number; /** Sizes of huge pages that the kernel knows, in its words: `2MB`. */ hugepageSizes: readonly string[] }

/** A container's requests and limits as the kernel's control groups take them; what it has no limit for, its pod as a whole may have. */
export function containerResources(pod: Pod, container: Container, node: NodeAmounts): cri.LinuxContainerResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const ofPod = pod.spec?.resources?.limits ?? {};
  const cpuLimit = milliCpu(limits['cpu']) || milliCpu(ofPod['cpu']);
  const requested = requests['cpu'] ?? limits['cpu'] ?? ofPod['cpu'];
  return {
    cpuShares: cpuShares(milliCpu(requested)),
    cpuPeriod: CPU_PERIOD_US,
    cpuQuota: cpuQuota(cpuLimit),
    memoryLimitInBytes: bytes(limits['memory']) || bytes(ofPod['memory']),
    oomScoreAdj: oomScoreAdjustment(pod, container, node.memoryBytes),
    hugepageLimits: hugepageLimits({ ...ofPod, ...limits }, node.hugepageSizes),
  };
}

export function cpuShares(milli: number): number {
  return Math.min(SHARES_MAX, Math.max(SHARES_MIN, Math.floor((milli * SHARES_PER_CPU) / 1000)));
}

/** Microseconds of a period; 0 for no limit. */
export function cpuQuota(milli: number): number {
  return milli === 0 ? 0 : Math.max(QUOTA_MIN_US, Math.floor((milli * CPU_PERIOD_US) / 1000));
}

const UNITS: readonly (readonly [number, string])[] = [[2 ** 30, 'GB'], [2 ** 20, 'MB'], [2 ** 10, 'KB']];

/** Huge pages are had only by who is given some: of every size that the host knows, none otherwise. */
function hugepageLimits(limits: Readonly<Record<string, string>>, sizes: readonly string[]): cri.HugepageLimit[] {
  return sizes.map((pageSize) => {
    const own = Object.entries(limits).find(([name]) => name.startsWith('hugepages-') && unitName(bytes(name.slice('hugepages-'.length))) === pageSize);
    return { pageSize, limit: own === undefined ? 0 : bytes(own[1]) };
  });
}

/** `2MB`, `1GB`: the kernel's names. */
export function unitName(size: number): string {
  const [unit, name] = UNITS.find(([least]) => size >= least) ?? [1, 'B'];
  return `${size / unit}${name}`;
}

const OOM_GUARANTEED = -997;
const OOM_BEST_EFFORT = 1000;

/** Who is killed first when the node runs out of memory: the larger the share of memory a container asked for, the later. */
function oomScoreAdjustment(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  const qos = qosClass(pod);
  if (qos === 'Guaranteed' || pod.spec?.priorityClassName === 'system-node-critical') return OOM_GUARANTEED;
  if (qos === 'BestEffort') return OOM_BEST_EFFORT;
  const rest = unclaimedMemory(pod);
  const score = (requested: number): number => 1000 - Math.floor((1000 * (requested + rest)) / Math.max(1, nodeMemoryBytes));
  const own = score(memoryRequest(container));
  // A sidecar is killed no sooner than those that it serves.
  const wanted = isSidecar(container) && initContainers(pod).includes(container) ? Math.min(own, score(Math.min(...mainContainers(pod).map(memoryRequest)))) : own;
  return Math.min(OOM_BEST_EFFORT - 1, Math.max(1000 + OOM_GUARANTEED, wanted)); // strictly between the two other classes
}

const memoryRequest = ({ resources }: Container): number => bytes(resources?.requests?.['memory']);

/** What a pod as a whole asks for beyond its containers, shared out among them. */
function unclaimedMemory(pod: Pod): number {
  const whole = bytes(pod.spec?.resources?.requests?.['memory']);
  if (whole === 0) return 0;
  const { resources: _whole, ...spec } = pod.spec ?? { containers: [] };
  const claimed = Number(podTotals(spec, 'requests', { overhead: false }).get('memory')?.nanos ?? 0n) / 1e9;
  return Math.max(0, Math.floor((whole - claimed) / Math.max(1, mainContainers(pod).length + initContainers(pod).length)));
}
