import { coreV1Resources } from '@kubernode/api';
import type { coreV1 } from '@kubernode/api';
import { figure, gauge, info, lifeFamilies, statusSamples, type Family, type StateKind } from '../family.ts';
import { resourceSamples } from '../resource-samples.ts';

type Node = coreV1.Node;

const ROLE_PREFIX = 'node-role.kubernetes.io/';

const families: readonly Family<Node>[] = [
  info('kube_node_info', 'Information about a cluster node.', ({ spec, status }) => ({
    kernel_version: status?.nodeInfo?.kernelVersion ?? '', os_image: status?.nodeInfo?.osImage ?? '', container_runtime_version: status?.nodeInfo?.containerRuntimeVersion ?? '',
    kubelet_version: status?.nodeInfo?.kubeletVersion ?? '', kubeproxy_version: 'deprecated', provider_id: spec?.providerID ?? '', pod_cidr: spec?.podCIDR ?? '', system_uuid: status?.nodeInfo?.systemUUID ?? '',
    internal_ip: status?.addresses?.findLast(({ type }) => type === 'InternalIP')?.address ?? '',
  })),
  gauge('kube_node_role', 'The role of a cluster node.', ({ metadata: { labels = {} } }) => Object.keys(labels).filter((label) => label.startsWith(ROLE_PREFIX)).map((label) => ({ labels: { role: label.slice(ROLE_PREFIX.length) }, value: 1 }))),
  gauge('kube_node_spec_pod_cidrs', 'The pod CIDRs of a cluster node.', ({ spec }) => (spec?.podCIDRs ?? []).map((cidr) => ({ labels: { pod_cidr: cidr }, value: 1 }))),
  gauge('kube_node_spec_taint', 'The taint of a cluster node.', ({ spec }) => (spec?.taints ?? []).map(({ key, value = '', effect }) => ({ labels: { key, value, effect }, value: 1 }))),
  figure('kube_node_spec_unschedulable', 'Whether a node can schedule new pods.', ({ spec }) => spec?.unschedulable === true),
  gauge('kube_node_status_addresses', 'Node address information.', ({ status }) => (status?.addresses ?? []).map(({ type, address }) => ({ labels: { type, address }, value: 1 }))),
  gauge('kube_node_status_allocatable', 'The allocatable for different resources of a node that are available for scheduling.', ({ status }) => resourceSamples(status?.allocatable, {}, { countsPods: true })),
  gauge('kube_node_status_capacity', 'The capacity for different resources of a node.', ({ status }) => resourceSamples(status?.capacity, {}, { countsPods: true })),
  gauge('kube_node_status_condition', 'The condition of a cluster node.', ({ status }) => (status?.conditions ?? []).flatMap(({ type, status: holds }) => statusSamples(holds, { condition: type }, 'status'))),
  ...lifeFamilies<Node>('kube_node'),
];

export const nodes: StateKind<Node> = { resource: coreV1Resources.nodes, identity: ({ metadata }) => ({ node: metadata.name }), families };
