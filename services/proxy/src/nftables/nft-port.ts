import { servedSides, type RenderSettings } from '../iptables/render-port.ts';
import type { Endpoint } from '../topology/endpoint.ts';
import { nftLocal } from '../topology/local-traffic.ts';
import { inRanges } from '../topology/node-port-addresses.ts';
import type { RoutedPort } from '../topology/route-port.ts';
import { isExternallyAccessible, usesClusterEndpoints, usesLocalEndpoints } from '../topology/service-port.ts';
import { endpointName, nftFamily, portChain } from './element-names.ts';

export type Container = 'cluster-ips' | 'service-ips' | 'service-nodeports' | 'no-endpoint-services' | 'no-endpoint-nodeports' | 'firewall-ips' | 'hairpin-connections';

/** An element of a set or, with a verdict, of a map. */
export interface Element { container: Container; key: string; verdict?: string }

/** All that one service port has in the table. */
export interface PortTable {
  elements: readonly Element[];
  chains: ReadonlyMap<string, readonly string[]>;
  /** Sets of clients by name, with the seconds that a client stays. */
  affinitySets: ReadonlyMap<string, number>;
}

interface Rendering { port: RoutedPort; settings: RenderSettings; ip: 'ip' | 'ip6'; elements: Element[]; chains: Map<string, readonly string[]>; affinitySets: Map<string, number> }

/** What a port needs in nftables, with kube-proxy's names and shapes: dispatch by map, so that the number of services costs packets nothing. Pure. */
export function renderNftPort(port: RoutedPort, settings: RenderSettings): PortTable {
  const rendering: Rendering = { port, settings, ip: nftFamily(settings.family), elements: [], chains: new Map(), affinitySets: new Map() };
  renderElements(rendering);
  if (usesFirewall(port)) rendering.chains.set(portChain('firewall-', port), [renderFirewall(rendering)]);
  if (!port.hasEndpoints) return rendering;
  if (isExternallyAccessible(port)) rendering.chains.set(portChain('external-', port), renderExternal(rendering));
  if (port.clusterEndpoints.length > 0 && usesClusterEndpoints(port)) rendering.chains.set(portChain('service-', port), balance(rendering, port.clusterEndpoints));
  if (port.localEndpoints.length > 0 && usesLocalEndpoints(port)) rendering.chains.set(portChain('local-', port), balance(rendering, port.localEndpoints));
  if (port.affinitySeconds > 0) for (const endpoint of port.reachableEndpoints) renderStickyEndpoint(rendering, endpoint);
  return rendering;
}

/** Asks for masquerading of the packet at hand. */
export const masquerade = ({ masqueradeBit }: Pick<RenderSettings, 'masqueradeBit'>): string => `mark set mark or 0x${(2 ** masqueradeBit).toString(16).padStart(6, '0')}`;

const usesFirewall = (port: RoutedPort): boolean => port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0;

function renderElements({ port, elements }: Rendering): void {
  const served = servedSides(port);
  const refusal = port.hasEndpoints ? 'drop' : 'goto reject-chain';
  const at = (ip: string): string => `${ip} . ${port.protocol} . ${port.port}`;
  const external = `goto ${portChain('external-', port)}`;
  elements.push({ container: 'cluster-ips', key: port.clusterIp });
  elements.push(served.internal ? { container: 'service-ips', key: at(port.clusterIp), verdict: `goto ${portChain(port.internalLocal ? 'local-' : 'service-', port)}` } : { container: 'no-endpoint-services', key: at(port.clusterIp), verdict: refusal });
  for (const ip of [...port.externalIps, ...port.loadBalancerIps]) {
    if (port.hasEndpoints) elements.push({ container: 'service-ips', key: at(ip), verdict: external });
    if (!served.external) elements.push({ container: 'no-endpoint-services', key: at(ip), verdict: refusal });
  }
  if (usesFirewall(port)) for (const ip of port.loadBalancerIps) elements.push({ container: 'firewall-ips', key: at(ip), verdict: `goto ${portChain('firewall-', port)}` });
  if (port.nodePort > 0) {
    const key = `${port.protocol} . ${port.nodePort}`;
    if (port.hasEndpoints) elements.push({ container: 'service-nodeports', key, verdict: external });
    if (!served.external) elements.push({ container: 'no-endpoint-nodeports', key, verdict: refusal });
  }
  for (const endpoint of port.reachableEndpoints) if (endpoint.isLocal) elements.push({ container: 'hairpin-connections', key: `${endpoint.ip} . ${endpoint.ip} . ${port.protocol} . ${endpoint.port}` });
}

function renderExternal({ port, settings }: Rendering): string[] {
  const cluster = portChain('service-', port);
  if (!port.externalLocal) return [`${masquerade(settings)} comment "masquerade"`, `goto ${cluster}`];
  return [
    ...(settings.local === undefined ? [] : [`${nftLocal(settings.local, { not: false })} goto ${cluster} comment "short-circuit pod traffic"`]),
    `fib saddr type local ${masquerade(settings)} comment "masquerade local traffic"`,
    `fib saddr type local goto ${cluster} comment "short-circuit local traffic"`,
    ...(port.localEndpoints.length > 0 ? [`goto ${portChain('local-', port)}`] : []),
  ];
}

function renderFirewall({ port, settings: { nodeIp }, ip }: Rendering): string {
  const fromNode = nodeIp !== undefined && inRanges(nodeIp, port.sourceRanges) ? port.loadBalancerIps : []; // the node's own packets may carry the balancer's address
  return `${ip} saddr != { ${[...port.sourceRanges, ...fromNode].join(', ')} } drop`;
}

/**
 * From this many endpoints on a port has a map of its own, as in kube-proxy. Each such map has no name, and for each the kernel looks through
 * all that the table has: at 10,000 services that is 45 s of CPU. A few endpoints are as well chosen by a rule each.
 */
const MAP_ENDPOINTS_MIN = 5;

function balance({ port, ip }: Rendering, endpoints: readonly Endpoint[]): string[] {
  const count = endpoints.length;
  const sticky = port.affinitySeconds > 0;
  const lead = (one: Endpoint): string => (sticky ? `goto ${endpointName('endpoint-', port, one)}` : `meta l4proto ${port.protocol} dnat to ${one.address}`);
  const before = sticky ? endpoints.map((one) => `${ip} saddr @${endpointName('affinity-', port, one)} ${lead(one)}`) : [];
  if (count < MAP_ENDPOINTS_MIN) return [...before, ...endpoints.map((one, i) => `${i < count - 1 ? `numgen random mod ${count - i} == 0 ` : ''}${lead(one)}`)];
  const choice = `numgen random mod ${count}`;
  if (sticky) return [...before, `${choice} vmap { ${endpoints.map((one, i) => `${i} : ${lead(one)}`).join(', ')} }`];
  return [`meta l4proto ${port.protocol} dnat ${ip} addr . port to ${choice} map { ${endpoints.map((one, i) => `${i} : ${one.ip} . ${one.port}`).join(', ')} }`];
}

function renderStickyEndpoint({ port, ip, chains, affinitySets }: Rendering, endpoint: Endpoint): void {
  const set = endpointName('affinity-', port, endpoint);
  affinitySets.set(set, port.affinitySeconds);
  chains.set(endpointName('endpoint-', port, endpoint), [`update @${set} { ${ip} saddr }`, `meta l4proto ${port.protocol} dnat to ${endpoint.address}`]);
}
