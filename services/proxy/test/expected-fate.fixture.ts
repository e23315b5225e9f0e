import { inRanges } from '../src/topology/node-port-addresses.ts';
import type { RoutedPort } from '../src/topology/route-port.ts';

/** A first packet as it reaches the node, or leaves a process on it. */
export interface Packet { source: string; destination: string; port: number; protocol: string }

/** What becomes of it: untouched, refused, dropped, or sent to one of these endpoints, each with whether its source is masqueraded. */
export type Fate = { kind: 'none' | 'reject' | 'drop' } | { kind: 'forward'; to: readonly string[] };

/** The node of the twins: its addresses, the pods' range, and the address that load balancers' ranges may allow. */
export const NODE_IP = '10.0.0.1';
export const POD_RANGE = '10.244.0.0/16';

/** What the Service API promises for a packet, said naively from its documentation. */
export function expectedFate(packet: Packet, ports: readonly RoutedPort[]): Fate {
  const port = ports.find((one) => one.protocol === packet.protocol && entryOf(packet, one) !== undefined);
  if (port === undefined) return { kind: 'none' };
  if (!port.hasEndpoints) return { kind: 'reject' };
  const entry = entryOf(packet, port);
  const fromPod = inRanges(packet.source, [POD_RANGE]);
  const fromNode = packet.source === NODE_IP;
  if (entry === 'cluster') {
    const endpoints = port.internalLocal ? port.localEndpoints : port.clusterEndpoints;
    return endpoints.length === 0 ? { kind: 'drop' } : forward(packet, endpoints, !fromPod);
  }
  if (entry === 'balancer' && port.sourceRanges.length > 0 && !inRanges(packet.source, port.sourceRanges)) return { kind: 'drop' };
  if (!port.externalLocal) return forward(packet, port.clusterEndpoints, true);
  if (fromPod || fromNode) return port.clusterEndpoints.length === 0 ? { kind: 'drop' } : forward(packet, port.clusterEndpoints, fromNode);
  return port.localEndpoints.length === 0 ? { kind: 'drop' } : forward(packet, port.localEndpoints, false);
}

function entryOf({ destination, port }: Packet, one: RoutedPort): 'cluster' | 'external' | 'balancer' | undefined {
  if (port === one.port && destination === one.clusterIp) return 'cluster';
  if (port === one.port && one.externalIps.includes(destination)) return 'external';
  if (port === one.port && one.loadBalancerIps.includes(destination)) return 'balancer';
  return destination === NODE_IP && one.nodePort > 0 && port === one.nodePort ? 'external' : undefined;
}

function forward({ source }: Packet, endpoints: RoutedPort['clusterEndpoints'], masquerade: boolean): Fate {
  return { kind: 'forward', to: endpoints.map(({ ip, address }) => `${address}${masquerade || ip === source ? ' masqueraded' : ''}`).sort() };
}

/** Packets from pods, the node and outside to every address that the ports have, and to some that they have not. */
export function packetsFor(ports: readonly RoutedPort[]): Packet[] {
  const sources = ['10.244.0.2', '10.244.1.9', NODE_IP, '192.0.2.7', '203.0.113.9'];
  const targets = ports.flatMap((one) => [
    { destination: one.clusterIp, port: one.port }, { destination: one.clusterIp, port: 81 }, { destination: NODE_IP, port: one.nodePort || 30_999 },
    ...[...one.externalIps, ...one.loadBalancerIps].map((destination) => ({ destination, port: one.port })),
  ].map((target) => ({ ...target, protocol: one.protocol })));
  return targets.flatMap((target) => sources.map((source) => ({ source, ...target })));
}
