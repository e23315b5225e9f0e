import type { coreV1 } from '@kubernode/api';
import { version } from '@kubernode/component-base';

/** What every simulated node pretends to have. */
export interface NodeSize { cpu: string; memory: string; pods: string }

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

/** The node as it registers: `index` gives its name and address. */
export function nodeObject(name: string): coreV1.Node {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'amd64', 'kubernode.io/simulated': 'true' };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} };
}

/** The status it reports. `now` is whole seconds, RFC 3339. */
export function nodeStatus({ name, address, size, now, started }: { name: string; address: string; size: NodeSize; now: string; started: string }): coreV1.NodeStatus {
  const capacity = { cpu: size.cpu, memory: size.memory, pods: size.pods, 'ephemeral-storage': '100Gi' };
  return {
    capacity, allocatable: capacity,
    conditions: CONDITIONS.map(([type, status, reason, message]) => ({ type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: started })),
    addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: name }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      kubeletVersion: version.gitVersion, kubeProxyVersion: '', osImage: 'Simulated', kernelVersion: '', operatingSystem: 'linux', architecture: 'amd64',
      containerRuntimeVersion: `simulated://${version.kubernode}`, machineID: name, systemUUID: name, bootID: name,
    },
  } as coreV1.NodeStatus; // conditions have all that a node's have
}

/** `sim-0`, …; names keep their place over restarts, so that a node is found again. */
export const nodeName = (prefix: string, index: number): string => `${prefix}${index}`;

/** 172.16.0.0/12 has room for a million nodes and is no pod's. */
export const nodeAddress = (index: number): string => `172.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
