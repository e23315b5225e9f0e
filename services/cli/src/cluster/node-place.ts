import { defaultSecurePort } from './port-plan.ts';
import type { ClusterConfig } from './cluster-config.ts';

/**
 * Where a node of this host lives. The first is the host itself; each further one has a network namespace of its own, with a link to a
 * bridge of the host, and a control group below which its pods are.
 */
export interface NodePlace { node: number; address: string; cgroupRoot: string; namespace?: { name: string; hostLink: string } }

/** What connects the nodes of a cluster that has several on this host. */
export interface NodeBridge { name: string; /** The host's own address there. */ address: string; range: string; prefix: number }

/** Most nodes of one cluster on this host; their ports are this far apart that as many fit. */
export const nodesMax = 9;

/** The benchmarking range of RFC 2544, which no network of a host's should have, divided by the cluster's port. */
const RANGE = '198.18';
const SUBNETS = 256;
const PREFIX = 24;

/** Undefined for a cluster that needs none. */
export function nodeBridge({ nodes, securePort }: ClusterConfig): NodeBridge | undefined {
  if (nodes < 2) return undefined;
  const subnet = `${RANGE}.${(((securePort - defaultSecurePort) % SUBNETS) + SUBNETS) % SUBNETS}`;
  return { name: `kn${securePort}`, address: `${subnet}.1`, range: `${subnet}.0/${PREFIX}`, prefix: PREFIX };
}

/** `hostAddress`: under which a cluster with one node is reached. */
export function nodePlaces(config: ClusterConfig, hostAddress: string): readonly NodePlace[] {
  const bridge = nodeBridge(config);
  return Array.from({ length: config.nodes }, (_, node) => {
    const address = bridge === undefined ? hostAddress : bridge.address.replace(/1$/, String(node + 1));
    if (node === 0) return { node, address, cgroupRoot: '/' };
    const name = `kn${config.securePort}-${node}`;
    return { node, address, cgroupRoot: `/kubernode-${config.securePort}-${node}`, namespace: { name, hostLink: `kn${config.securePort}n${node}` } };
  });
}

/** The command that runs in a node's namespace, with the host's files. */
export function inNamespace({ namespace }: NodePlace, command: string, args: readonly string[]): { command: string; args: readonly string[] } {
  return namespace === undefined ? { command, args } : { command: 'nsenter', args: [`--net=/run/netns/${namespace.name}`, '--', command, ...args] };
}
