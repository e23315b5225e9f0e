import type { HostLinks, LinkCommands, Overlay, PodRoute, PresentOverlay } from './host-links.ts';
import type { WantedRoutes } from './compute-routes.ts';

/** The number by which our routes are told from all others (`ip route show proto 107`). */
export const routeProtocol = 107;

/** What turns the host's links and routes into those that are wanted; nothing where they are. Pure. */
export function planLinks(present: Pick<HostLinks, 'routes' | 'overlay'>, wanted: WantedRoutes, overlayDevice: string): LinkCommands {
  const kept = new Set(wanted.routes.map(routeText));
  const there = new Set(present.routes.map(routeText));
  const device = planOverlay(present.overlay, wanted.overlay, overlayDevice);
  return {
    ip: [
      ...present.routes.filter((route) => !kept.has(routeText(route))).map((route) => `route del ${routeText(route)}`),
      ...device.ip,
      ...wanted.routes.filter((route) => !there.has(routeText(route)) || (device.isNew && route.device === overlayDevice)).map((route) => `route add ${routeText(route)}`),
    ],
    bridge: device.bridge,
  };
}

function routeText({ range, via, device, onLink }: PodRoute): string {
  return `${range} via ${via} dev ${device}${onLink ? ' onlink' : ''} proto ${routeProtocol}`;
}

interface OverlayPlan extends LinkCommands { isNew: boolean }

function planOverlay(present: PresentOverlay | undefined, wanted: Overlay | undefined, device: string): OverlayPlan {
  const removal = present === undefined ? [] : [`link delete ${device}`];
  if (wanted === undefined) return { ip: removal, bridge: [], isNew: false };
  const isNew = present === undefined || (['id', 'port', 'local', 'mac'] as const).some((field) => present[field] !== wanted[field]);
  const before = isNew ? { mtu: 0, addresses: [], forwarding: [], neighbours: [] } : present;
  const forwarding = wanted.peers.map(({ mac, remote }) => `${mac} ${remote}`);
  const neighbours = wanted.peers.flatMap(({ mac, gateways }) => gateways.map((gateway) => `${gateway} ${mac}`));
  return {
    isNew,
    ip: [
      ...(isNew ? [...removal, `link add ${device} address ${wanted.mac} type vxlan id ${wanted.id} local ${wanted.local} dstport ${wanted.port} nolearning`] : []),
      ...(before.mtu === wanted.mtu ? [] : [`link set ${device} mtu ${wanted.mtu} up`]),
      ...missing(wanted.addresses, before.addresses).map((address) => `address add ${address} dev ${device}`),
      ...missing(before.addresses, wanted.addresses).map((address) => `address del ${address} dev ${device}`),
      ...missing(before.neighbours, neighbours).map((entry) => `neighbour del ${entry.split(' ')[0] ?? ''} dev ${device}`),
      ...missing(neighbours, before.neighbours).map((entry) => `neighbour replace ${entry.replace(' ', ' lladdr ')} dev ${device} nud permanent`),
    ],
    bridge: [
      ...missing(before.forwarding, forwarding).map((entry) => `fdb del ${entry.replace(' ', ` dev ${device} dst `)}`),
      ...missing(forwarding, before.forwarding).map((entry) => `fdb append ${entry.replace(' ', ` dev ${device} dst `)}`),
    ],
  };
}

const missing = (these: readonly string[], from: readonly string[]): string[] => these.filter((one) => !from.includes(one));
