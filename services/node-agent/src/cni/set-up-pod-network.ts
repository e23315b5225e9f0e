import { createIpTool } from '../network/ip-tool.ts';
import { podMtu, type RouteMode } from '../network/compute-routes.ts';
import type { LinkTool } from '../network/host-links.ts';
import { ensureForwarding } from './forwarding.ts';
import { systemIptables, type RunIptables } from './iptables-rules.ts';
import { ensureMasquerade } from './masquerade.ts';
import { podNetworkSysctls, systemSysctls, type EnsureSysctls } from './sysctls.ts';
import { writeConflist } from './write-conflist.ts';

/** What the pod network is made of on the host; fakes in tests. */
export interface PodNetworkHost { iptables: RunIptables; links: LinkTool; sysctls: EnsureSysctls }

export const systemPodNetwork: PodNetworkHost = { iptables: systemIptables, links: createIpTool(), sysctls: systemSysctls };

export interface PodNetworkInput {
  confDir: string;
  bridge: string;
  dataDir: string;
  nodeIp: string;
  podCidrs: readonly string[];
  /** Of all pods; empty: unknown, so that nothing of theirs gets the node's address. */
  clusterCidrs: readonly string[];
  mode: RouteMode;
}

/** Makes the host fit for pods, and tells the runtime how they get their addresses. */
export async function setUpPodNetwork(host: PodNetworkHost, { confDir, bridge, dataDir, nodeIp, podCidrs, clusterCidrs, mode }: PodNetworkInput): Promise<void> {
  await host.sysctls(podNetworkSysctls({ ipv6: podCidrs.some((range) => range.includes(':')) }));
  await ensureMasquerade(host.iptables, { podCidrs, clusterCidrs });
  await ensureForwarding(host.iptables, clusterCidrs.length > 0 ? clusterCidrs : podCidrs);
  const { links } = await host.links.read(overlayDevice(bridge));
  const mtu = podMtu({ nodeIp, links, mode });
  await writeConflist(confDir, { bridge, podCidrs, dataDir, ...(mtu !== undefined && { mtu }) });
}

const LINK_NAME_CHARACTERS_MAX = 15;

/** The VXLAN device that goes with a bridge. */
export function overlayDevice(bridge: string): string { return `${bridge.slice(0, LINK_NAME_CHARACTERS_MAX - 1)}v`; }
