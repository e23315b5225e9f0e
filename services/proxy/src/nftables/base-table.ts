import type { RenderSettings } from '../iptables/render-port.ts';
import { nftLocal } from '../topology/local-traffic.ts';
import { isLoopback } from '../topology/node-port-addresses.ts';
import { nftFamily } from './element-names.ts';
import { masquerade, type Container } from './nft-port.ts';

export const TABLE = 'kube-proxy';

/** nftables' mode has one more setting: what lies in these ranges and is no service is dropped. */
export interface NftSettings extends RenderSettings { serviceRanges: readonly string[] }

export const tableOf = ({ family }: Pick<RenderSettings, 'family'>): string => `${nftFamily(family)} ${TABLE}`;

/** Hooks of the kernel, by chain: type, hook and priority. */
const HOOKS: Readonly<Record<string, string>> = {
  'filter-prerouting-pre-dnat': 'type filter hook prerouting priority -110', 'filter-output-pre-dnat': 'type filter hook output priority -110',
  'filter-input': 'type filter hook input priority 0', 'filter-forward': 'type filter hook forward priority 0', 'filter-output': 'type filter hook output priority 0',
  'nat-prerouting': 'type nat hook prerouting priority -100', 'nat-output': 'type nat hook output priority -100', 'nat-postrouting': 'type nat hook postrouting priority 100',
};

const TO_NEW = 'ct state new jump ';
const HOOK_RULES: Readonly<Record<string, readonly string[]>> = {
  'filter-input': [`${TO_NEW}nodeport-endpoints-check`, `${TO_NEW}service-endpoints-check`],
  'filter-forward': [`${TO_NEW}service-endpoints-check`, `${TO_NEW}cluster-ips-check`],
  'filter-output': [`${TO_NEW}service-endpoints-check`, `${TO_NEW}cluster-ips-check`],
  'filter-prerouting-pre-dnat': [`${TO_NEW}firewall-check`], 'filter-output-pre-dnat': [`${TO_NEW}firewall-check`],
  'nat-prerouting': ['jump services'], 'nat-output': ['jump services'], 'nat-postrouting': ['jump masquerading'],
};

/** The types of sets and maps; ADDRESS stands for the family's. */
const CONTAINERS: Readonly<Record<Container, { type: string; comment: string }>> = {
  'cluster-ips': { type: 'ADDRESS', comment: 'Active ClusterIPs' },
  'service-ips': { type: 'ADDRESS . inet_proto . inet_service : verdict', comment: 'ClusterIP, ExternalIP and LoadBalancer IP traffic' },
  'service-nodeports': { type: 'inet_proto . inet_service : verdict', comment: 'NodePort traffic' },
  'no-endpoint-services': { type: 'ADDRESS . inet_proto . inet_service : verdict', comment: 'vmap to drop or reject packets to services with no endpoints' },
  'no-endpoint-nodeports': { type: 'inet_proto . inet_service : verdict', comment: 'vmap to drop or reject packets to service nodeports with no endpoints' },
  'firewall-ips': { type: 'ADDRESS . inet_proto . inet_service : verdict', comment: 'destinations that are subject to LoadBalancerSourceRanges' },
  'hairpin-connections': { type: 'ADDRESS . ADDRESS . inet_proto . inet_service', comment: 'service hairpin connections' },
};

export const containers: readonly Container[] = Object.keys(CONTAINERS) as Container[]; // the keys of the record

export function isMap(container: Container): boolean { return CONTAINERS[container].type.endsWith('verdict'); }

/** `add` lines for the table, its hooks, sets, maps and the chains that are there whatever the services are, emptied and filled. Pure. */
export function baseTable(settings: NftSettings): readonly string[] {
  const table = tableOf(settings);
  const address = settings.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr';
  const rules = { ...HOOK_RULES, ...ownChains(settings) };
  const { nodePorts } = settings;
  return [
    `add table ${table} { comment "rules for kube-proxy" ; }`,
    ...containers.map((name) => `add ${isMap(name) ? 'map' : 'set'} ${table} ${name} { type ${CONTAINERS[name].type.replaceAll('ADDRESS', address)} ; comment "${CONTAINERS[name].comment}" ; }`),
    `add set ${table} nodeport-ips { type ${address} ; comment "IPs that accept NodePort traffic" ; }`,
    `flush set ${table} nodeport-ips`,
    ...(nodePorts.everywhere ? [] : nodePorts.addresses.filter((one) => !isLoopback(one)).map((one) => `add element ${table} nodeport-ips { ${one} }`)),
    ...Object.keys(rules).flatMap((chain) => [`add chain ${table} ${chain}${HOOKS[chain] === undefined ? '' : ` { ${HOOKS[chain]} ; }`}`, `flush chain ${table} ${chain}`]),
    ...Object.entries(rules).flatMap(([chain, list]) => list.map((rule) => `add rule ${table} ${chain} ${rule}`)),
  ];
}

function ownChains(settings: NftSettings): Readonly<Record<string, readonly string[]>> {
  const ip = nftFamily(settings.family);
  const service = `${ip} daddr . meta l4proto . th dport`;
  const notLoopback = settings.family === 'IPv4' ? 'ip daddr != 127.0.0.0/8' : 'ip6 daddr != ::1';
  const nodePort = settings.nodePorts.everywhere ? `${notLoopback} meta l4proto . th dport` : `${ip} daddr @nodeport-ips meta l4proto . th dport`;
  const mark = `0x${(2 ** settings.masqueradeBit).toString(16).padStart(6, '0')}`;
  return {
    'reject-chain': ['reject'],
    'service-endpoints-check': [`${service} vmap @no-endpoint-services`],
    'nodeport-endpoints-check': [`${nodePort} vmap @no-endpoint-nodeports`],
    'firewall-check': [`${service} vmap @firewall-ips`],
    'cluster-ips-check': [
      `${ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
      ...(settings.serviceRanges.length > 0 ? [`${ip} daddr { ${settings.serviceRanges.join(', ')} } drop comment "Drop traffic to unallocated ClusterIPs"`] : []),
    ],
    services: [
      ...clusterIpMasquerade(settings, ip),
      `${service} vmap @service-ips`,
      `${settings.nodePorts.everywhere ? 'fib daddr type local ' : ''}${nodePort} vmap @service-nodeports`,
    ],
    masquerading: [
      `mark and ${mark} != 0 mark set mark xor ${mark} masquerade fully-random`,
      `ct status dnat ${ip} saddr . ${ip} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`,
    ],
  };
}

function clusterIpMasquerade(settings: NftSettings, ip: string): string[] {
  if (settings.masqueradeAll) return [`${ip} daddr @cluster-ips ${masquerade(settings)} comment "masquerade all clusterIP traffic"`];
  return settings.local === undefined ? [] : [`${ip} daddr @cluster-ips ${nftLocal(settings.local, { not: true })} ${masquerade(settings)} comment "masquerade clusterIP traffic from outside cluster"`];
}
