import type { coreV1 } from '@kubernode/api';
import type { HostFacts } from './host-facts.ts';

export interface NodeFacts {
  name: string;
  ip: string;
  host: HostFacts;
  labels: Readonly<Record<string, string>>;
  maxPods: number;
  port: number;
  runtimeVersion: string;
  kubeletVersion: string;
  taints: readonly coreV1.Taint[];
}

const SYSTEM_RESERVED_MEMORY_BYTES = 100 * 1024 * 1024;

/** The object that a node registers itself as. */
export function computeNode(facts: NodeFacts): coreV1.Node {
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name: facts.name, labels: { ...ownLabels(facts), ...facts.labels }, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
    spec: { ...(facts.taints.length > 0 && { taints: [...facts.taints] }) },
  };
}

/** Labels that the node agent keeps as the host has them. */
export function ownLabels({ name, host: { architecture } }: Pick<NodeFacts, 'name' | 'host'>): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture, 'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux',
  };
}

export function capacity({ host, maxPods }: Pick<NodeFacts, 'host' | 'maxPods'>): Record<string, string> {
  return {
    cpu: String(host.cpus), 'ephemeral-storage': `${Math.floor(host.diskBytes / 1024)}Ki`, 'hugepages-1Gi': '0', 'hugepages-2Mi': '0',
    memory: `${Math.floor(host.memoryBytes / 1024)}Ki`, pods: String(maxPods),
  };
}

/** What pods may use: the system keeps some memory, and a tenth of the disk. */
export function allocatable(facts: Pick<NodeFacts, 'host' | 'maxPods'>): Record<string, string> {
  const { host } = facts;
  return { ...capacity(facts), 'ephemeral-storage': String(Math.floor(host.diskBytes * 0.9)), memory: `${Math.floor((host.memoryBytes - SYSTEM_RESERVED_MEMORY_BYTES) / 1024)}Ki` };
}

export interface NodeHealth {
  runtimeReady: boolean;
  networkReady: boolean;
  /** Why not, in the runtime's words. */
  problems: readonly string[];
}

export interface NodeStatusInput { facts: NodeFacts; health: NodeHealth; images: readonly coreV1.ContainerImage[]; previous: readonly coreV1.NodeCondition[]; now: string }

/** The status of a node, without what others write there. */
export function computeNodeStatus({ facts, health, images, previous, now }: NodeStatusInput): coreV1.NodeStatus {
  const { host } = facts;
  return {
    addresses: [{ type: 'InternalIP', address: facts.ip }, { type: 'Hostname', address: facts.name }],
    capacity: capacity(facts), allocatable: allocatable(facts),
    conditions: computeNodeConditions({ health, previous, now }),
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    images: [...images],
    nodeInfo: {
      architecture: host.architecture, bootID: host.bootId, containerRuntimeVersion: facts.runtimeVersion, kernelVersion: host.kernel, kubeProxyVersion: '',
      kubeletVersion: facts.kubeletVersion, machineID: host.machineId, operatingSystem: 'linux', osImage: host.osImage, systemUUID: host.systemUuid,
    },
  };
}

const HEALTHY: readonly (readonly [string, string, string])[] = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
];

function computeNodeConditions({ health, previous, now }: { health: NodeHealth; previous: readonly coreV1.NodeCondition[]; now: string }): coreV1.NodeCondition[] {
  const ready = health.runtimeReady && health.networkReady;
  const verdicts = [
    ...HEALTHY.map(([type, reason, message]) => ({ type, status: 'False', reason, message })),
    ready ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: health.problems.join(', ') },
  ];
  return verdicts.map((verdict) => {
    const before = previous.find(({ type }) => type === verdict.type);
    const lastTransitionTime = before?.status === verdict.status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : now;
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime };
  });
}
