import { quantityMilliValue, quantityValue } from '@kubernode/apimachinery';
import { errorMessage } from '@kubernode/base';
import type { EventRecorder } from '@kubernode/client';
import type { Cgroups } from '../cgroups/cgroup-files.ts';
import type { CgroupAmounts } from '../cgroups/compute-pod-cgroup.ts';
import { cpuShares } from '../pod/container-resources.ts';
import { podsGroup } from '../pod/pod-cgroup-names.ts';
import { allocatable, type ResourceInput } from './node-resources.ts';

export interface EnforceDeps { cgroups: Pick<Cgroups, 'create' | 'set'>; cgroupRoot: string; node: { name: string }; resources: ResourceInput; recorder: Pick<EventRecorder, 'event'> }

/** What all pods together may use: all that is not reserved. Memory that is kept free against evictions is theirs until one is needed. */
export function podsCgroup(resources: ResourceInput): CgroupAmounts {
  const left = allocatable({ ...resources, ...(resources.reserved && { reserved: { ...resources.reserved, thresholds: [] } }) });
  return { cpuShares: cpuShares(quantityMilliValue(left['cpu'] ?? '0')), memoryBytes: quantityValue(left['memory'] ?? '0') };
}

/** Sets these limits on the group above all pods'. A host that refuses them runs pods without. */
export async function enforceAllocatable({ cgroups, cgroupRoot, node: { name }, resources, recorder }: EnforceDeps): Promise<void> {
  const group = podsGroup(cgroupRoot);
  const about = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
  try {
    await cgroups.create(group);
    await cgroups.set(group, podsCgroup(resources));
    recorder.event(about, 'Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  } catch (error) {
    recorder.event(about, 'Warning', 'FailedNodeAllocatableEnforcement', `Failed to update Node Allocatable Limits "${group}": ${errorMessage(error)}`);
  }
}
