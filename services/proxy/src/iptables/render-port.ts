import type { IpFamily } from '@kubernode/apimachinery';
import type { Endpoint } from '../topology/endpoint.ts';
import { iptablesLocal, type LocalTraffic } from '../topology/local-traffic.ts';
import { inRanges, type NodePortAddresses } from '../topology/node-port-addresses.ts';
import type { RoutedPort } from '../topology/route-port.ts';
import { isExternallyAccessible, usesClusterEndpoints, usesLocalEndpoints } from '../topology/service-port.ts';
import { endpointChain, serviceChain } from './chain-names.ts';

/** What is the same for all rules of one family. */
export interface RenderSettings {
  family: IpFamily;
  /** Absent: pods cannot be told from others, so nothing depends on it. */
  local?: LocalTraffic | undefined;
  masqueradeAll: boolean;
  /** The bit of packets' marks that asks for masquerading. */
  masqueradeBit: number;
  /** The node's own address of the family. */
  nodeIp?: string | undefined;
  nodePorts: NodePortAddresses;
  /** Whether node ports are served at 127.0.0.1 too. */
  localhostNodePorts: boolean;
  /** Whether the kernel takes packets outside of a connection's window for valid; else they are dropped. */
  tcpLiberal: boolean;
}

/** A rule in a chain that all ports share. */
export interface DispatchRule { table: 'nat' | 'filter'; chain: string; rule: string }

/** All rules of one service port. */
export interface PortRules {
  /** By which its packets are recognised: on to its chains, or refused where it has no endpoints. */
  dispatch: readonly DispatchRule[];
  /** Chains of its own in nat. */
  chains: ReadonlyMap<string, readonly string[]>;
}

interface Rendering { port: RoutedPort; settings: RenderSettings; withComments: boolean; dispatch: DispatchRule[]; chains: Map<string, readonly string[]> }

/** The rules of a port, with kube-proxy's names and shapes. Without comments on rules of endpoints, large clusters need a third less. Pure. */
export function renderPort(port: RoutedPort, settings: RenderSettings, { withComments }: { withComments: boolean }): PortRules {
  const rendering: Rendering = { port, settings, withComments, dispatch: [], chains: new Map() };
  renderDispatch(rendering);
  if (!port.hasEndpoints) return rendering;
  const cluster = serviceChain('KUBE-SVC-', port);
  const local = serviceChain('KUBE-SVL-', port);
  const internal = port.internalLocal ? local : cluster;
  const clusterRules = port.clusterEndpoints.length > 0 && usesClusterEndpoints(port) ? balance(rendering, port.clusterEndpoints) : undefined;
  const localRules = port.localEndpoints.length > 0 && usesLocalEndpoints(port) ? balance(rendering, port.localEndpoints) : undefined;
  if (isExternallyAccessible(port)) rendering.chains.set(serviceChain('KUBE-EXT-', port), renderExternal(rendering, { cluster, local }));
  if (usesFirewall(port)) rendering.chains.set(serviceChain('KUBE-FW-', port), renderFirewall(rendering));
  if (clusterRules) rendering.chains.set(cluster, [...(internal === cluster ? renderMasquerade(rendering) : []), ...clusterRules]);
  if (localRules) rendering.chains.set(local, [...(internal === local ? renderMasquerade(rendering) : []), ...localRules]);
  for (const endpoint of port.reachableEndpoints) rendering.chains.set(endpointChain(port, endpoint.address), renderEndpoint(rendering, endpoint));
  return rendering;
}

/** Whether the port answers inside, and outside, of the cluster. */
export function servedSides(port: RoutedPort): { internal: boolean; external: boolean } {
  const hasLocal = port.localEndpoints.length > 0;
  return { internal: port.hasEndpoints && (!port.internalLocal || hasLocal), external: port.hasEndpoints && (!port.externalLocal || hasLocal) };
}

const usesFirewall = (port: RoutedPort): boolean => port.hasEndpoints && port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0;
const comment = (text: string): string => `-m comment --comment "${text}"`;
const transport = ({ protocol }: RoutedPort): string => `-m ${protocol} -p ${protocol}`;

function renderDispatch({ port, dispatch }: Rendering): void {
  const served = servedSides(port);
  const refusal = `${comment(`${port.name} has no ${port.hasEndpoints ? 'local ' : ''}endpoints`)}`;
  const verdict = port.hasEndpoints ? 'DROP' : 'REJECT'; // others may have endpoints: those who balance outside try them
  const to = (ip: string): string => `${transport(port)} -d ${ip} --dport ${port.port}`;
  const external = serviceChain('KUBE-EXT-', port);
  if (served.internal) dispatch.push({ table: 'nat', chain: 'KUBE-SERVICES', rule: `${comment(`${port.name} cluster IP`)} ${to(port.clusterIp)} -j ${serviceChain(port.internalLocal ? 'KUBE-SVL-' : 'KUBE-SVC-', port)}` });
  else dispatch.push({ table: 'filter', chain: 'KUBE-SERVICES', rule: `${refusal} ${to(port.clusterIp)} -j ${verdict}` });
  const outside = [
    ...port.externalIps.map((ip) => ({ ip, what: 'external IP', chain: external })),
    ...port.loadBalancerIps.map((ip) => ({ ip, what: 'loadbalancer IP', chain: usesFirewall(port) ? serviceChain('KUBE-FW-', port) : external })),
  ];
  for (const { ip, what, chain } of outside) {
    if (port.hasEndpoints) dispatch.push({ table: 'nat', chain: 'KUBE-SERVICES', rule: `${comment(`${port.name} ${what}`)} ${to(ip)} -j ${chain}` });
    if (!served.external) dispatch.push({ table: 'filter', chain: 'KUBE-EXTERNAL-SERVICES', rule: `${refusal} ${to(ip)} -j ${verdict}` });
  }
  if (usesFirewall(port)) for (const ip of port.loadBalancerIps) dispatch.push({ table: 'filter', chain: 'KUBE-PROXY-FIREWALL', rule: `${comment(`${port.name} traffic not accepted by ${serviceChain('KUBE-FW-', port)}`)} ${to(ip)} -j DROP` });
  if (port.nodePort > 0) {
    if (port.hasEndpoints) dispatch.push({ table: 'nat', chain: 'KUBE-NODEPORTS', rule: `${comment(port.name)} ${transport(port)} --dport ${port.nodePort} -j ${external}` });
    if (!served.external) dispatch.push({ table: 'filter', chain: 'KUBE-EXTERNAL-SERVICES', rule: `${refusal} -m addrtype --dst-type LOCAL ${transport(port)} --dport ${port.nodePort} -j ${verdict}` });
  }
  if (port.healthCheckNodePort > 0) dispatch.push({ table: 'filter', chain: 'KUBE-NODEPORTS', rule: `${comment(`${port.name} health check node port`)} -m tcp -p tcp --dport ${port.healthCheckNodePort} -j ACCEPT` });
}

/** Traffic to the cluster IP from outside of the cluster may leave this node again, so its answers have to come back here. */
function renderMasquerade({ port, settings: { masqueradeAll, local } }: Rendering): string[] {
  const base = `${comment(`${port.name} cluster IP`)} ${transport(port)} -d ${port.clusterIp} --dport ${port.port}`;
  if (masqueradeAll) return [`${base} -j KUBE-MARK-MASQ`];
  return local === undefined ? [] : [`${base} ${iptablesLocal(local, { not: true })} -j KUBE-MARK-MASQ`];
}

/** Traffic for addresses outside of the cluster: masqueraded, or kept on this node with its source address. */
function renderExternal({ port, settings: { local } }: Rendering, chains: { cluster: string; local: string }): string[] {
  if (!port.externalLocal) return [`${comment(`masquerade traffic for ${port.name} external destinations`)} -j KUBE-MARK-MASQ`, `-j ${chains.cluster}`];
  return [
    ...(local === undefined ? [] : [`${comment(`pod traffic for ${port.name} external destinations`)} ${iptablesLocal(local, { not: false })} -j ${chains.cluster}`]), // as if it went out and came back through the load balancer
    `${comment(`masquerade LOCAL traffic for ${port.name} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `${comment(`route LOCAL traffic for ${port.name} external destinations`)} -m addrtype --src-type LOCAL -j ${chains.cluster}`,
    ...(port.localEndpoints.length > 0 ? [`-j ${chains.local}`] : []),
  ];
}

/** Those who may use the load balancer go on; what reaches the end was not translated, so KUBE-PROXY-FIREWALL drops it. */
function renderFirewall({ port, settings: { nodeIp } }: Rendering): string[] {
  const external = serviceChain('KUBE-EXT-', port);
  const base = comment(`${port.name} loadbalancer IP`);
  const fromNode = nodeIp !== undefined && inRanges(nodeIp, port.sourceRanges) ? port.loadBalancerIps : []; // the node's own packets may carry the balancer's address
  return [
    ...[...port.sourceRanges, ...fromNode].map((source) => `${base} -s ${source} -j ${external}`),
    comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`),
  ];
}

/** One of several endpoints by chance; a client that was here before goes where it went. */
function balance({ port, withComments }: Rendering, endpoints: readonly Endpoint[]): string[] {
  const rules: string[] = [];
  const leads = endpoints.map(({ address }) => ({ chain: endpointChain(port, address), note: withComments ? `${comment(`${port.name} -> ${address}`)} ` : '' }));
  if (port.affinitySeconds > 0) for (const { chain, note } of leads) rules.push(`${note}-m recent --name ${chain} --rcheck --seconds ${port.affinitySeconds} --reap -j ${chain}`);
  leads.forEach(({ chain, note }, i) => {
    const left = leads.length - i;
    rules.push(`${note}${left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : ''}-j ${chain}`);
  });
  return rules;
}

function renderEndpoint({ port, withComments }: Rendering, { ip, address }: Endpoint): string[] {
  const note = withComments ? `${comment(port.name)} ` : '';
  const remember = port.affinitySeconds > 0 ? `-m recent --name ${endpointChain(port, address)} --set ` : '';
  return [
    `${note}-s ${ip} -j KUBE-MARK-MASQ`, // a pod that reaches itself through the service
    `${note}${remember}${transport(port)} -j DNAT --to-destination ${address}`,
  ];
}
