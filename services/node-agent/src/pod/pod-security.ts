import type { cri } from '@kubernode/rpc';
import { isHostNetwork, type Pod } from './pod-facts.ts';

/** Which namespaces a pod's containers share: with the node, with each other, or with nobody. */
export function namespaceOptions(pod: Pod, userNamespace: cri.UserNamespace): cri.NamespaceOption {
  const { hostPID = false, hostIPC = false, shareProcessNamespace = false } = pod.spec ?? {};
  const pid = hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER';
  return { network: isHostNetwork(pod) ? 'NODE' : 'POD', pid, ipc: hostIPC ? 'NODE' : 'POD', usernsOptions: userNamespace };
}

/** The groups of all containers of a pod, with those that its volumes add, and whether those that the image gives the user count, too. */
export function supplementalGroups(pod: Pod, ofVolumes: readonly number[] = []): Pick<cri.LinuxContainerSecurityContext, 'supplementalGroups' | 'supplementalGroupsPolicy'> {
  const { fsGroup, supplementalGroups: groups = [], supplementalGroupsPolicy: policy } = pod.spec?.securityContext ?? {};
  return { supplementalGroups: [...(fsGroup === undefined ? [] : [fsGroup]), ...groups, ...ofVolumes.filter((gid) => !groups.includes(gid))], ...(policy !== undefined && { supplementalGroupsPolicy: policy as cri.SupplementalGroupsPolicy }) }; // validated: Merge or Strict
}
