import type { Jump } from '@kubernode/netfilter';
import type { ServicePort } from '../topology/service-port.ts';
import { endpointChain, serviceChain } from './chain-names.ts';
import type { ProxyRules } from './proxy-rules.ts';

/** The packet mark that asks for masquerading, kube-proxy's default bit 14. */
const MASQUERADE_MARK = '0x4000';

export interface RenderOptions {
  /** Addresses of pods; traffic from elsewhere to a cluster IP is masqueraded. Empty: unknown, so none is. */
  clusterCidr: string;
  masqueradeAll: boolean;
  /** Whether the host's iptables knows MASQUERADE --random-fully. */
  randomFully: boolean;
}

interface Tables { nat: Map<string, string[]>; filter: Map<string, string[]> }

export const jumps: readonly Jump[] = [
  ...['PREROUTING', 'OUTPUT'].map((chain): Jump => ({ table: 'nat', chain, position: 'first', rule: '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES' })),
  { table: 'nat', chain: 'POSTROUTING', position: 'first', rule: '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING' },
  { table: 'filter', chain: 'INPUT', position: 'first', rule: '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS' },
  ...['INPUT', 'FORWARD'].map((chain): Jump => ({ table: 'filter', chain, position: 'first', rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES' })),
  ...['FORWARD', 'OUTPUT'].map((chain): Jump => ({ table: 'filter', chain, position: 'first', rule: '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES' })),
  { table: 'filter', chain: 'FORWARD', position: 'first', rule: '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD' },
];

/** All chains for these service ports, with kube-proxy's names and shapes (pkg/proxy/iptables/proxier.go). Pure. */
export function renderRules(ports: readonly ServicePort[], options: RenderOptions): ProxyRules {
  const tables: Tables = { nat: baseNat(options), filter: baseFilter() };
  for (const port of ports) renderPort(port, options, tables);
  tables.nat.get('KUBE-SERVICES')?.push('-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS');
  return tables;
}

function baseNat({ randomFully }: RenderOptions): Map<string, string[]> {
  return new Map([
    ['KUBE-SERVICES', []],
    ['KUBE-NODEPORTS', []],
    ['KUBE-MARK-MASQ', [`-j MARK --or-mark ${MASQUERADE_MARK}`]],
    ['KUBE-POSTROUTING', [
      `-m mark ! --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j RETURN`,
      `-j MARK --xor-mark ${MASQUERADE_MARK}`, // a packet that comes by again is not masqueraded again
      `-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE${randomFully ? ' --random-fully' : ''}`,
    ]],
  ]);
}

function baseFilter(): Map<string, string[]> {
  return new Map([
    ['KUBE-SERVICES', []],
    ['KUBE-EXTERNAL-SERVICES', []],
    ['KUBE-NODEPORTS', []],
    ['KUBE-FORWARD', [
      '-m conntrack --ctstate INVALID -j DROP',
      `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${MASQUERADE_MARK}/${MASQUERADE_MARK} -j ACCEPT`,
      '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]],
  ]);
}

function renderPort(port: ServicePort, options: RenderOptions, tables: Tables): void {
  const internal = port.internalLocal ? port.localEndpoints : port.endpoints;
  const external = port.externalLocal ? port.localEndpoints : port.endpoints;
  renderEntries(port, { hasInternal: internal.length > 0, hasExternal: external.length > 0, hasAny: port.endpoints.length > 0 }, tables);
  const used = new Set([...(internal.length > 0 ? internal : []), ...(hasOutside(port) ? [...external, ...port.endpoints] : [])]);
  if (used.size === 0) return;
  if (internal.length > 0 && !port.internalLocal || hasOutside(port) && port.endpoints.length > 0) renderBalancer('KUBE-SVC-', port, port.endpoints, options, tables);
  if (port.localEndpoints.length > 0 && (port.internalLocal || (port.externalLocal && hasOutside(port)))) renderBalancer('KUBE-SVL-', port, port.localEndpoints, options, tables);
  if (hasOutside(port) && port.endpoints.length > 0) renderExternal(port, options, tables);
  for (const endpoint of used) renderEndpoint(port, endpoint, tables);
}

const hasOutside = (port: ServicePort): boolean => port.nodePort > 0 || port.externalIps.length > 0 || port.loadBalancerIps.length > 0;
const comment = (text: string): string => `-m comment --comment "${text}"`;
const transport = (port: ServicePort): string => `-m ${port.protocol} -p ${port.protocol}`;

/** The rules by which packets for the port are recognised: on to its chains, or refused where it has no endpoints. */
function renderEntries(port: ServicePort, { hasInternal, hasExternal, hasAny }: { hasInternal: boolean; hasExternal: boolean; hasAny: boolean }, { nat, filter }: Tables): void {
  const services = nat.get('KUBE-SERVICES') ?? [];
  const internalChain = serviceChain(port.internalLocal ? 'KUBE-SVL-' : 'KUBE-SVC-', port);
  const externalChain = serviceChain('KUBE-EXT-', port);
  const to = (ip: string): string => `-d ${ip} --dport ${port.port}`;
  const verdict = port.internalLocal && hasAny ? 'DROP' : 'REJECT';
  if (hasInternal) services.push(`${comment(`${port.name} cluster IP`)} ${transport(port)} ${to(port.clusterIp)} -j ${internalChain}`);
  else filter.get('KUBE-SERVICES')?.push(`${comment(`${port.name} has no ${verdict === 'DROP' ? 'local ' : ''}endpoints`)} ${transport(port)} ${to(port.clusterIp)} -j ${verdict}`);
  const outside = [...port.externalIps.map((ip) => [ip, 'external IP'] as const), ...port.loadBalancerIps.map((ip) => [ip, 'loadbalancer IP'] as const)];
  for (const [ip, what] of outside) {
    if (hasAny) services.push(`${comment(`${port.name} ${what}`)} ${transport(port)} ${to(ip)} -j ${externalChain}`);
    if (!hasExternal) filter.get('KUBE-EXTERNAL-SERVICES')?.push(`${comment(`${port.name} has no ${hasAny ? 'local ' : ''}endpoints`)} ${transport(port)} ${to(ip)} -j ${hasAny ? 'DROP' : 'REJECT'}`);
  }
  if (port.nodePort === 0) return;
  if (hasAny) nat.get('KUBE-NODEPORTS')?.push(`${comment(port.name)} ${transport(port)} --dport ${port.nodePort} -j ${externalChain}`);
  if (!hasExternal) filter.get('KUBE-EXTERNAL-SERVICES')?.push(`${comment(`${port.name} has no ${hasAny ? 'local ' : ''}endpoints`)} -m addrtype --dst-type LOCAL ${transport(port)} --dport ${port.nodePort} -j ${hasAny ? 'DROP' : 'REJECT'}`);
}

/** One of several endpoints by chance; a client that was here before goes where it went. */
function renderBalancer(prefix: 'KUBE-SVC-' | 'KUBE-SVL-', port: ServicePort, endpoints: readonly string[], { clusterCidr, masqueradeAll }: RenderOptions, { nat }: Tables): void {
  const rules: string[] = [];
  if (prefix === 'KUBE-SVC-' || port.internalLocal) {
    const base = `${comment(`${port.name} cluster IP`)} ${transport(port)} -d ${port.clusterIp} --dport ${port.port}`;
    if (masqueradeAll) rules.push(`${base} -j KUBE-MARK-MASQ`);
    else if (clusterCidr !== '') rules.push(`${base} ! -s ${clusterCidr} -j KUBE-MARK-MASQ`);
  }
  if (port.affinitySeconds > 0) {
    for (const endpoint of endpoints) {
      const chain = endpointChain(port, endpoint);
      rules.push(`${comment(`${port.name} -> ${endpoint}`)} -m recent --name ${chain} --rcheck --seconds ${port.affinitySeconds} --reap -j ${chain}`);
    }
  }
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}` : '';
    rules.push(`${comment(`${port.name} -> ${endpoint}`)}${chance} -j ${endpointChain(port, endpoint)}`);
  });
  nat.set(serviceChain(prefix, port), rules);
}

/** Traffic that comes in from outside: masqueraded so that answers come back this way, or kept on this node with its source address. */
function renderExternal(port: ServicePort, { clusterCidr }: RenderOptions, { nat }: Tables): void {
  const all = serviceChain('KUBE-SVC-', port);
  const rules: string[] = [];
  if (port.externalLocal) {
    if (clusterCidr !== '') rules.push(`${comment(`pod traffic for ${port.name} external destinations`)} -s ${clusterCidr} -j ${all}`);
    rules.push(`${comment(`masquerade LOCAL traffic for ${port.name} external destinations`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`);
    rules.push(`${comment(`route LOCAL traffic for ${port.name} external destinations`)} -m addrtype --src-type LOCAL -j ${all}`);
    if (port.localEndpoints.length > 0) rules.push(`-j ${serviceChain('KUBE-SVL-', port)}`);
  } else {
    rules.push(`${comment(`masquerade traffic for ${port.name} external destinations`)} -j KUBE-MARK-MASQ`);
    rules.push(`-j ${all}`);
  }
  nat.set(serviceChain('KUBE-EXT-', port), rules);
}

function renderEndpoint(port: ServicePort, endpoint: string, { nat }: Tables): void {
  const chain = endpointChain(port, endpoint);
  const ip = endpoint.slice(0, endpoint.lastIndexOf(':'));
  const remember = port.affinitySeconds > 0 ? ` -m recent --name ${chain} --set` : '';
  nat.set(chain, [
    `${comment(port.name)} -s ${ip} -j KUBE-MARK-MASQ`, // a pod that reaches itself through the service
    `${comment(port.name)}${remember} ${transport(port)} -j DNAT --to-destination ${endpoint}`,
  ]);
}
