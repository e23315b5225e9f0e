import type { coreV1 } from '@kubernode/api';
import { computeRoutes, overlayMac, podMtu, type RouteMode, type WantedRoutes } from './compute-routes.ts';
import type { HostLink, PresentOverlay } from './host-links.ts';
import { planLinks } from './plan-links.ts';

const node = (name: string, podCIDRs: string[], addresses: string[]): coreV1.Node => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDRs }, status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});
const eth0: HostLink = { name: 'eth0', mtu: 1500, addresses: [{ address: '192.0.2.1', prefix: 24 }, { address: 'fd00::1', prefix: 64 }] };
const self = node('a', ['10.0.1.0/24'], ['192.0.2.1']);
const near = node('b', ['10.0.2.0/24'], ['192.0.2.2']);
const far = node('c', ['10.0.3.0/24'], ['198.51.100.3']);

function wanted(nodes: coreV1.Node[], { links = [eth0], mode = 'auto', clusterCidrs = [] }: { links?: HostLink[]; mode?: Exclude<RouteMode, 'none'>; clusterCidrs?: string[] } = {}): WantedRoutes {
  return computeRoutes({ nodes, nodeName: 'a', links, clusterCidrs, mode, overlay: { device: 'kn0v', id: 1, port: 8472 } });
}

const direct = { family: 'IPv4', range: '10.0.2.0/24', via: '192.0.2.2', device: 'eth0', onLink: false } as const;
const carried = { family: 'IPv4', range: '10.0.3.0/24', via: '10.0.3.0', device: 'kn0v', onLink: true } as const;
const overlay = {
  device: 'kn0v', id: 1, port: 8472, local: '192.0.2.1', mac: overlayMac('a'), mtu: 1450, addresses: ['10.0.1.0/32'],
  peers: [{ mac: overlayMac('c'), remote: '198.51.100.3', gateways: ['10.0.3.0'] }],
};

test.each<[string, WantedRoutes, WantedRoutes]>([
  ['a node alone', wanted([self]), { routes: [] }],
  ['a node on the same link', wanted([self, near]), { routes: [direct] }],
  ['a link with another name', wanted([self, near], { links: [{ ...eth0, name: 'eth1' }] }), { routes: [{ ...direct, device: 'eth1' }] }],
  ['a node elsewhere', wanted([self, near, far]), { routes: [direct, carried], overlay }],
  ['nodes that all use the overlay', wanted([self, near], { mode: 'vxlan' }), { routes: [{ ...carried, range: '10.0.2.0/24', via: '10.0.2.0' }], overlay: { ...overlay, peers: [{ mac: overlayMac('b'), remote: '192.0.2.2', gateways: ['10.0.2.0'] }] } }],
  ['a node without a range', wanted([self, node('d', [], ['192.0.2.4'])]), { routes: [] }],
  ['a node without an address', wanted([self, node('d', ['10.0.4.0/24'], [])]), { routes: [] }],
  ['a node that claims what is not the cluster\'s', wanted([self, near, node('d', ['0.0.0.0/1', '198.51.100.0/24'], ['192.0.2.4'])], { clusterCidrs: ['10.0.0.0/16'] }), { routes: [direct] }],
  ['nodes that claim others\' ranges', wanted([node('d', ['10.0.2.128/25', '10.0.1.0/25'], ['192.0.2.4']), near, self]), { routes: [direct] }],
  ['two families', wanted([self, node('d', ['10.0.4.0/24', 'fd01::/64'], ['192.0.2.4', 'fd00::4'])]), {
    routes: [{ family: 'IPv4', range: '10.0.4.0/24', via: '192.0.2.4', device: 'eth0', onLink: false }, { family: 'IPv6', range: 'fd01::/64', via: 'fd00::4', device: 'eth0', onLink: false }],
  }],
])('computeRoutes for %s', (_, got, want) => { expect(got).toEqual(want); });

test('overlayMac differs by node and is an address that nobody was given', () => {
  expect(new Set(['a', 'b', 'c'].map(overlayMac)).size).toBe(3);
  expect(overlayMac('a')).toMatch(/^02(:[0-9a-f]{2}){5}$/);
});

test.each<[RouteMode, string, number | undefined]>([['auto', '192.0.2.1', 1500], ['none', '192.0.2.1', 1500], ['vxlan', '192.0.2.1', 1450], ['vxlan', 'fd00::1', 1430], ['auto', '203.0.113.1', undefined]])(
  'podMtu with routes %s and the node at %s is %p', (mode, nodeIp, mtu) => { expect(podMtu({ nodeIp, links: [eth0], mode })).toBe(mtu); });

const present: PresentOverlay = { ...overlay, forwarding: [`${overlayMac('c')} 198.51.100.3`], neighbours: [`10.0.3.0 ${overlayMac('c')}`] };

test('planLinks does nothing where all is as wanted', () => {
  expect(planLinks({ routes: [direct, carried], overlay: present }, wanted([self, near, far]), 'kn0v')).toEqual({ ip: [], bridge: [] });
});

test('planLinks makes the overlay and its routes, and takes routes of deleted nodes out', () => {
  expect(planLinks({ routes: [direct] }, wanted([self, far]), 'kn0v')).toEqual({
    ip: [
      'route del 10.0.2.0/24 via 192.0.2.2 dev eth0 proto 107',
      `link add kn0v address ${overlayMac('a')} type vxlan id 1 local 192.0.2.1 dstport 8472 nolearning`,
      'link set kn0v mtu 1450 up', 'address add 10.0.1.0/32 dev kn0v', `neighbour replace 10.0.3.0 lladdr ${overlayMac('c')} dev kn0v nud permanent`,
      'route add 10.0.3.0/24 via 10.0.3.0 dev kn0v onlink proto 107',
    ],
    bridge: [`fdb append ${overlayMac('c')} dev kn0v dst 198.51.100.3`],
  });
});

test('planLinks follows a node that moved, and takes the overlay away with the last node behind it', () => {
  const moved = planLinks({ routes: [carried], overlay: present }, wanted([self, node('c', ['10.0.3.0/24'], ['198.51.100.9'])]), 'kn0v');
  expect(moved).toEqual({ ip: [], bridge: [`fdb del ${overlayMac('c')} dev kn0v dst 198.51.100.3`, `fdb append ${overlayMac('c')} dev kn0v dst 198.51.100.9`] });
  expect(planLinks({ routes: [carried], overlay: present }, wanted([self]), 'kn0v').ip).toEqual(['route del 10.0.3.0/24 via 10.0.3.0 dev kn0v onlink proto 107', 'link delete kn0v']);
});

test('planLinks makes an overlay anew that has another number or address, with the routes that went with it', () => {
  const { ip } = planLinks({ routes: [carried], overlay: { ...present, local: '192.0.2.77' } }, wanted([self, far]), 'kn0v');
  expect(ip.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual(['link delete kn0v', 'link add kn0v', 'link set kn0v', 'address add 10.0.1.0/32', 'neighbour replace 10.0.3.0', 'route add 10.0.3.0/24']);
});
