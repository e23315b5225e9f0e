import { createHash } from 'node:crypto';
import type { coreV1 } from '@kubernode/api';
import { containsCidr, containsIp, formatCidr, formatIp, overlapsCidr, parseCidr, parseIp, type Cidr, type IpFamily } from '@kubernode/apimachinery';
import type { HostLink, Overlay, OverlayPeer, PodRoute } from './host-links.ts';

/** `auto`: directly where two nodes share a link, by VXLAN where they do not. */
export type RouteMode = 'auto' | 'vxlan' | 'none';

export interface RouteInput {
  nodes: readonly Readonly<coreV1.Node>[];
  nodeName: string;
  links: readonly HostLink[];
  /** Ranges of pods lie in there; empty: anywhere. */
  clusterCidrs: readonly string[];
  mode: Exclude<RouteMode, 'none'>;
  overlay: { device: string; id: number; port: number };
}

export interface WantedRoutes { routes: readonly PodRoute[]; overlay?: Overlay }

/** Outer headers that VXLAN adds: Ethernet 14, VXLAN 8, UDP 8, and IP 20 or 40. */
export const overlayBytes: Readonly<Record<IpFamily, number>> = { IPv4: 50, IPv6: 70 };

/**
 * The ways to all other nodes' pods. A node without ranges or without an address of a family of theirs is left out until it has them; so is
 * one whose link this host has lost. Nodes write their own objects, so none gets the way to addresses that are not the cluster's pods', or another's. Pure.
 */
export function computeRoutes({ nodes, nodeName, links, clusterCidrs, mode, overlay }: RouteInput): WantedRoutes {
  const own = nodes.find((node) => node.metadata.name === nodeName);
  const ranges = grantedRanges(nodes, { own, clusterCidrs });
  const local = own === undefined ? undefined : underlayAddress(own);
  const routes: PodRoute[] = [];
  const peers: OverlayPeer[] = [];
  for (const node of nodes) {
    if (node === own) continue;
    const theirs = ranges.get(node) ?? [];
    const direct = mode === 'vxlan' ? undefined : directRoutes(node, theirs, links);
    if (direct !== undefined) { routes.push(...direct); continue; }
    const remote = underlayAddress(node);
    if (local === undefined || remote === undefined || familyOfAddress(local) !== familyOfAddress(remote)) continue;
    if (theirs.length === 0) continue;
    peers.push({ mac: overlayMac(node.metadata.name), remote, gateways: theirs.map(firstAddress) });
    routes.push(...theirs.map((range): PodRoute => ({ family: familyOfAddress(range), range, via: firstAddress(range), device: overlay.device, onLink: true })));
  }
  if (peers.length === 0 || own === undefined || local === undefined) return { routes };
  const mtu = (linkOf(local, links)?.mtu ?? DEFAULT_MTU) - overlayBytes[familyOfAddress(local)];
  return { routes, overlay: { ...overlay, local, mac: overlayMac(nodeName), mtu, addresses: (ranges.get(own) ?? []).map((range) => `${firstAddress(range)}/${range.includes(':') ? 128 : 32}`), peers } };
}

const DEFAULT_MTU = 1500;

/** How many bytes a packet of a pod may have: what the node's own link takes, less what the overlay adds where all pods use it. */
export function podMtu({ nodeIp, links, mode }: { nodeIp: string; links: readonly HostLink[]; mode: RouteMode }): number | undefined {
  const mtu = linkOf(nodeIp, links)?.mtu;
  return mtu === undefined ? undefined : mtu - (mode === 'vxlan' ? overlayBytes[familyOfAddress(nodeIp)] : 0);
}

/** By the node's address of the range's family; undefined when one of the ranges cannot be reached so. */
function directRoutes(node: Readonly<coreV1.Node>, ranges: readonly string[], links: readonly HostLink[]): PodRoute[] | undefined {
  const routes: PodRoute[] = [];
  for (const range of ranges) {
    const family = familyOfAddress(range);
    const via = internalAddresses(node).find((address) => familyOfAddress(address) === family);
    const device = via === undefined ? undefined : linkTo(via, links)?.name;
    if (via === undefined || device === undefined) return undefined;
    routes.push({ family, range, via, device, onLink: false });
  }
  return routes;
}

/** Each node's ranges that lie in the cluster's and touch none of this node's nor of one that was there before. */
function grantedRanges(nodes: RouteInput['nodes'], { own, clusterCidrs }: { own: Readonly<coreV1.Node> | undefined; clusterCidrs: readonly string[] }): ReadonlyMap<Readonly<coreV1.Node>, readonly string[]> {
  const cluster = clusterCidrs.flatMap((range) => parseCidr(range) ?? []);
  const taken: Cidr[] = [];
  const age = (node: Readonly<coreV1.Node>): string => `${node === own ? 0 : 1} ${node.metadata.creationTimestamp ?? ''} ${node.metadata.name}`;
  return new Map([...nodes].sort((a, b) => (age(a) < age(b) ? -1 : 1)).map((node) => [node, (node.spec?.podCIDRs ?? []).flatMap((text) => {
    const range = parseCidr(text);
    if (range === undefined || taken.some((one) => overlapsCidr(one, range)) || (cluster.length > 0 && !cluster.some((one) => containsCidr(one, range)))) return [];
    taken.push(range);
    return [formatCidr(range)];
  })]));
}

function internalAddresses({ status }: Readonly<coreV1.Node>): readonly string[] {
  return (status?.addresses ?? []).filter(({ type, address }) => type === 'InternalIP' && parseIp(address) !== undefined).map(({ address }) => address);
}

/** IPv4 where the node has it: its headers are shorter. */
function underlayAddress(node: Readonly<coreV1.Node>): string | undefined {
  const addresses = internalAddresses(node);
  return addresses.find((address) => familyOfAddress(address) === 'IPv4') ?? addresses[0];
}

/** The link that has this very address. */
function linkOf(address: string, links: readonly HostLink[]): HostLink | undefined {
  return links.find((link) => link.addresses.some((one) => one.address === address));
}

/** The link in whose network the address is. */
function linkTo(address: string, links: readonly HostLink[]): HostLink | undefined {
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  return links.find((link) => link.addresses.some((one) => {
    const network = parseCidr(`${one.address}/${one.prefix}`);
    return network !== undefined && network.prefix < network.bits && one.address !== address && containsIp(network, ip);
  }));
}

/** The same on every node, so that nobody has to be told: locally administered, the rest by the node's name. */
export function overlayMac(nodeName: string): string {
  const digest = createHash('sha256').update(`overlay ${nodeName}`).digest();
  return [2, ...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function familyOfAddress(addressOrRange: string): IpFamily { return addressOrRange.includes(':') ? 'IPv6' : 'IPv4'; }

/** The range's own address, which no pod gets. */
function firstAddress(range: string): string {
  const cidr = parseCidr(range);
  return cidr === undefined ? range : formatIp({ bits: cidr.bits, value: cidr.first });
}
