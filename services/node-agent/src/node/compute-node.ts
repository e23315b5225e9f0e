import { sameJson } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import type { RuntimeStatus } from '../cri/cri-runtime.ts';
import type { HostFacts } from './host-facts.ts';
import { computeNodeConditions, type NodeHealth } from './node-conditions.ts';
import { allocatable, capacity, type Reservations } from './node-resources.ts';

/** What a node says of itself that does not change while its agent runs. */
export interface NodeFacts {
  name: string;
  hostname: string;
  /** The first address of `ips`. */
  ip: string;
  /** One, or one of each family. */
  ips: readonly string[];
  host: HostFacts;
  labels: Readonly<Record<string, string>>;
  maxPods: number;
  podsPerCore: number;
  reserved: Reservations;
  port: number;
  runtimeVersion: string;
  kubeletVersion: string;
  taints: readonly coreV1.Taint[];
  /** Registered as unschedulable when false. */
  schedulable: boolean;
}

/** The object that a node registers itself as, with its first status. */
export function computeNode(facts: NodeFacts, status: coreV1.NodeStatus): coreV1.Node {
  const unschedulable = !facts.schedulable;
  const taints = [...facts.taints, ...(unschedulable ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] : [])];
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name: facts.name, labels: { ...ownLabels(facts), ...facts.labels }, annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } },
    spec: { ...(unschedulable && { unschedulable }), ...(taints.length > 0 && { taints }) },
    status,
  };
}

/** Labels that the node agent keeps as the host has them. */
export function ownLabels({ hostname, host: { architecture } }: Pick<NodeFacts, 'hostname' | 'host'>): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture, 'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture, 'kubernetes.io/hostname': hostname, 'kubernetes.io/os': 'linux',
  };
}

/** Labels that follow the flags even on a node that is registered already; all others are its users' by then. */
const FOLLOWED_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch',
]);

/** What must be changed of a node's metadata that was registered before; undefined for nothing. */
export function metadataPatch(facts: NodeFacts, { metadata }: Readonly<coreV1.Node>): { labels?: Record<string, string>; annotations?: Record<string, string> } | undefined {
  const wanted = computeNode(facts, {}).metadata;
  const labels = Object.entries(wanted.labels ?? {}).filter(([key, value]) => FOLLOWED_LABELS.has(key) && metadata.labels?.[key] !== value);
  const annotations = Object.entries(wanted.annotations ?? {}).filter(([key, value]) => metadata.annotations?.[key] !== value);
  if (labels.length + annotations.length === 0) return undefined;
  return { ...(labels.length > 0 && { labels: Object.fromEntries(labels) }), ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }) };
}

/** What a node says of itself that changes. */
export interface NodeObservation {
  health: NodeHealth;
  images: readonly coreV1.ContainerImage[];
  runtime: Pick<RuntimeStatus, 'handlers' | 'supplementalGroupsPolicy'> | undefined;
  /** Names of attachable volumes that pods here use, or may still have mounted. */
  volumesInUse: readonly string[];
}

export interface NodeStatusInput { facts: NodeFacts; observation: NodeObservation; previous: Readonly<coreV1.NodeStatus>; /** RFC 3339. */ now: string }

/** The status of a node, without what others write there. */
export function computeNodeStatus({ facts, observation: { health, images, runtime, volumesInUse }, previous, now }: NodeStatusInput): coreV1.NodeStatus {
  return {
    addresses: addressesOf(facts),
    capacity: withExtended(capacity(facts), previous.capacity), allocatable: withExtended(allocatable(facts), previous.allocatable),
    conditions: computeNodeConditions({ health, previous: previous.conditions ?? [], now }),
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    images: [...images],
    nodeInfo: nodeInfo(facts),
    ...(volumesInUse.length > 0 && { volumesInUse: [...volumesInUse].sort() }),
    ...(runtime !== undefined && runtime.handlers.length > 0 && { runtimeHandlers: runtime.handlers.map(({ name, recursiveReadOnlyMounts, userNamespaces }) => ({ name, features: { recursiveReadOnlyMounts, userNamespaces } })) }),
    ...(runtime !== undefined && { features: { supplementalGroupsPolicy: runtime.supplementalGroupsPolicy } }),
  };
}

function addressesOf({ ips, hostname }: NodeFacts): coreV1.NodeAddress[] {
  return [...ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: hostname }];
}

/** Resources that others have put there, by names of their own domains, stay. */
function withExtended(own: Record<string, string>, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const extended = Object.entries(before).filter(([name]) => name.includes('/') && !name.includes('kubernetes.io/'));
  return { ...Object.fromEntries(extended), ...own };
}

function nodeInfo({ host, runtimeVersion, kubeletVersion }: NodeFacts): coreV1.NodeSystemInfo {
  return {
    architecture: host.architecture, bootID: host.bootId, containerRuntimeVersion: runtimeVersion, kernelVersion: host.kernel, kubeProxyVersion: '',
    kubeletVersion, machineID: host.machineId, operatingSystem: 'linux', osImage: host.osImage, systemUUID: host.systemUuid,
    ...(host.swapBytes > 0 && { swap: { capacity: host.swapBytes } }),
  };
}

/** Whether two statuses differ in more than the time of the last look. */
export function statusChanged(before: Readonly<coreV1.NodeStatus>, after: Readonly<coreV1.NodeStatus>): boolean {
  return Object.entries(after).some(([field, value]) => {
    const old: unknown = before[field as keyof coreV1.NodeStatus]; // a field of a status
    if (field !== 'conditions') return !sameJson(value, old);
    return (after.conditions ?? []).some((condition) => !sameJson({ ...condition, lastHeartbeatTime: '' }, { ...before.conditions?.find(({ type }) => type === condition.type), lastHeartbeatTime: '' }));
  }) || (before.volumesInUse !== undefined && after.volumesInUse === undefined);
}
