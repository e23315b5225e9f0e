import type { coreV1 } from '@kubernode/api';
import { formatQuantity, quantityFromMilli, quantityFromNumber } from '@kubernode/apimachinery';
import type { CgroupAmounts } from '../cgroups/compute-pod-cgroup.ts';
import { podCgroup } from '../cgroups/compute-pod-cgroup.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { CriRuntime } from '../cri/cri-runtime.ts';
import { containerResources, type NodeAmounts } from '../pod/container-resources.ts';
import type { Container, Pod } from '../pod/pod-facts.ts';
import type { Amounts, ContainerUpdate, Resize, ResizedResource } from './compute-resize.ts';
import { withResources } from './with-resources.ts';

type Resources = coreV1.ResourceRequirements;

export interface ResizeDeps {
  runtime: Pick<CriRuntime, 'updateContainer' | 'usage'>;
  cgroups: Pick<PodCgroups, 'set' | 'memoryUsage'>;
  node: NodeAmounts;
  actuated: { get(uid: string, container?: string): Resources | undefined; set(uid: string, container: string, resources: Resources): void; setPod(uid: string, resources: Resources): void };
}

/**
 * Gives a running pod what is allocated to it, memory first. Where a pod gets more its own control group grows before its containers'; where it gets
 * less it shrinks after them. Rejects with the first thing that fails; what was done by then stays, and the rest is tried again.
 */
export async function resizePod(deps: ResizeDeps, pod: Pod, resize: Resize): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  const before = podCgroup(withResources(pod, (name) => deps.actuated.get(uid, name), deps.actuated.get(uid)), { pidsMax: 0 });
  const after = podCgroup(pod, { pidsMax: 0 });
  if (resize.memory.length > 0 || resize.pod.includes('memory')) {
    await assertFits(deps, pod, { resize, before, after });
    await resizeOne(deps, pod, { resource: 'memory', updates: resize.memory, before: { memoryBytes: before.memoryBytes }, after: { memoryBytes: after.memoryBytes } });
  }
  if (resize.cpu.length > 0 || resize.pod.includes('cpu')) {
    const cpu = ({ cpuShares, cpuQuotaUs, cpuPeriodUs }: CgroupAmounts): Known => ({ cpuQuotaUs, cpuShares, cpuPeriodUs });
    await resizeOne(deps, pod, { resource: 'cpu', updates: resize.cpu, before: cpu(before), after: cpu(after) });
  }
  if (resize.pod.length > 0) deps.actuated.setPod(uid, pod.spec?.resources ?? {});
}

type Known = { [F in keyof CgroupAmounts]: CgroupAmounts[F] | undefined };
interface Step { resource: ResizedResource; updates: readonly ContainerUpdate[]; before: Known; after: Known }

async function resizeOne(deps: ResizeDeps, pod: Pod, { resource, updates, before, after }: Step): Promise<void> {
  const changed = (Object.keys(after) as (keyof CgroupAmounts)[]).filter((key) => key !== 'cpuPeriodUs' && after[key] !== undefined && after[key] !== before[key]); // keys of the literal above
  const set = async (keys: readonly (keyof CgroupAmounts)[]): Promise<void> => {
    if (keys.length === 0) return;
    await deps.cgroups.set(pod, Object.fromEntries([...keys, ...(keys.includes('cpuQuotaUs') ? ['cpuPeriodUs' as const] : [])].map((key) => [key, after[key]])));
  };
  const grows = (key: keyof CgroupAmounts): boolean => before[key] !== undefined && (after[key] ?? 0) > (before[key] ?? 0);
  await set(changed.filter(grows));
  for (const update of updates) await updateContainer(deps, pod, resource, update);
  await set(changed.filter((key) => !grows(key)));
}

async function updateContainer({ runtime, node, actuated }: ResizeDeps, pod: Pod, resource: ResizedResource, { container, id, actual, wanted }: ContainerUpdate): Promise<void> {
  const uid = pod.metadata.uid ?? '';
  // The other resource stays as it is until its own turn.
  const mixed = resource === 'memory' ? { ...actual, memoryRequest: wanted.memoryRequest, memoryLimit: wanted.memoryLimit } : { ...wanted };
  const resources = toResources(mixed, container);
  await runtime.updateContainer(id, containerResources(pod, { ...container, resources }, node));
  actuated.set(uid, container.name, resource === 'cpu' ? container.resources ?? {} : resources);
}

function toResources({ cpuRequest, cpuLimit, memoryRequest, memoryLimit }: Amounts, container: Container): Resources {
  const list = (cpu: number, memory: number): Record<string, string> => ({
    ...(cpu > 0 && { cpu: formatQuantity(quantityFromMilli(cpu)) }), ...(memory > 0 && { memory: formatQuantity(quantityFromNumber(memory, 'BinarySI')) }),
  });
  return { ...container.resources, limits: { ...container.resources?.limits, ...list(cpuLimit, memoryLimit) }, requests: { ...container.resources?.requests, ...list(cpuRequest, memoryRequest) } };
}

/** A limit below what is in use would kill at once. */
async function assertFits({ runtime, cgroups }: ResizeDeps, pod: Pod, { resize, before, after }: { resize: Resize; before: CgroupAmounts; after: CgroupAmounts }): Promise<void> {
  const faults: string[] = [];
  if (after.memoryBytes !== undefined && (before.memoryBytes === undefined || after.memoryBytes < before.memoryBytes)) {
    const used = await cgroups.memoryUsage(pod);
    if (used !== undefined && used >= after.memoryBytes) faults.push(`attempting to set pod memory limit (${after.memoryBytes}) below current usage (${used})`);
  }
  const shrinking = resize.memory.filter(({ wanted, actual }) => wanted.memoryLimit > 0 && (actual.memoryLimit === 0 || wanted.memoryLimit < actual.memoryLimit));
  const usage = shrinking.length === 0 ? [] : await runtime.usage();
  for (const { container, id, wanted } of shrinking) {
    const used = usage.find(({ containerId }) => containerId === id)?.memoryBytes ?? 0;
    if (used >= wanted.memoryLimit) faults.push(`attempting to set container "${container.name}" memory limit (${wanted.memoryLimit}) below current usage (${used})`);
  }
  if (faults.length > 0) throw new Error(`cannot decrease memory limits: ${faults.length === 1 ? faults[0] ?? '' : `[${faults.join(', ')}]`}`);
}
