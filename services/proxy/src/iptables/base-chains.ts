import type { Jump, Table } from '@kubernode/netfilter';
import { isLoopback } from '../topology/node-port-addresses.ts';
import type { RenderSettings } from './render-port.ts';

/** A chain without use but to be looked for: when it is gone, somebody cleared the table. */
export const CANARY = 'KUBE-PROXY-CANARY';

/** Chains that are ours; others of these prefixes belong to the kubelet and to network policies. */
export const OUR_CHAIN: RegExp = /^KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|FORWARD|PROXY-FIREWALL|PROXY-CANARY|(?:SVC|SVL|EXT|SEP|FW)-.*)$/;

/** Chains of ports. The others stay when ports go, as the kernel's own chains lead to them. */
export const PORT_CHAIN: RegExp = /^KUBE-(SVC|SVL|EXT|SEP|FW)-/;

const NEW = '-m conntrack --ctstate NEW ';
const jump = (table: Table, chain: string, { match = '', comment, to }: { match?: string; comment: string; to: string }): Jump => ({ table, chain, position: 'first', rule: `${match}-m comment --comment "${comment}" -j ${to}` });

export const jumps: readonly Jump[] = [
  jump('filter', 'INPUT', { match: NEW, comment: 'kubernetes externally-visible service portals', to: 'KUBE-EXTERNAL-SERVICES' }),
  jump('filter', 'FORWARD', { match: NEW, comment: 'kubernetes externally-visible service portals', to: 'KUBE-EXTERNAL-SERVICES' }),
  jump('filter', 'INPUT', { comment: 'kubernetes health check service ports', to: 'KUBE-NODEPORTS' }),
  jump('filter', 'FORWARD', { match: NEW, comment: 'kubernetes service portals', to: 'KUBE-SERVICES' }),
  jump('filter', 'OUTPUT', { match: NEW, comment: 'kubernetes service portals', to: 'KUBE-SERVICES' }),
  jump('filter', 'FORWARD', { comment: 'kubernetes forwarding rules', to: 'KUBE-FORWARD' }),
  ...['INPUT', 'OUTPUT', 'FORWARD'].map((chain) => jump('filter', chain, { match: NEW, comment: 'kubernetes load balancer firewall', to: 'KUBE-PROXY-FIREWALL' })),
  ...['OUTPUT', 'PREROUTING'].map((chain) => jump('nat', chain, { comment: 'kubernetes service portals', to: 'KUBE-SERVICES' })),
  jump('nat', 'POSTROUTING', { comment: 'kubernetes postrouting rules', to: 'KUBE-POSTROUTING' }),
  ...['INPUT', 'OUTPUT'].map((chain): Jump => ({ table: 'filter', chain, position: 'first', rule: '-j KUBE-FIREWALL' })),
];

/** The chains that are there whatever the services are. Those that ports share are empty here. Pure. */
export function baseChains(settings: RenderSettings): Readonly<Record<Table, ReadonlyMap<string, readonly string[]>>> {
  return {
    mangle: new Map([[CANARY, []]]),
    nat: new Map<string, readonly string[]>([[CANARY, []], ['KUBE-SERVICES', []], ['KUBE-NODEPORTS', []], ['KUBE-POSTROUTING', postrouting(settings)], ['KUBE-MARK-MASQ', [`-j MARK --or-mark ${masqueradeMark(settings)}`]]]),
    filter: new Map<string, readonly string[]>([[CANARY, []], ['KUBE-SERVICES', []], ['KUBE-EXTERNAL-SERVICES', []], ['KUBE-NODEPORTS', []], ['KUBE-PROXY-FIREWALL', []], ['KUBE-FORWARD', forward(settings)], ['KUBE-FIREWALL', firewall(settings)]]),
  };
}

/** The end of KUBE-SERVICES in nat: what no service's address took may be a node port. Pure. */
export function nodePortRules({ family, nodePorts, localhostNodePorts }: RenderSettings): readonly string[] {
  const note = '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  if (nodePorts.everywhere) {
    const except = family === 'IPv6' ? ' ! -d ::1/128' : localhostNodePorts ? '' : ' ! -d 127.0.0.0/8';
    return [`${note} -m addrtype --dst-type LOCAL${except} -j KUBE-NODEPORTS`];
  }
  return nodePorts.addresses.filter((address) => !isLoopback(address) || (family === 'IPv4' && localhostNodePorts)).map((address) => `${note} -d ${address} -j KUBE-NODEPORTS`);
}

export function masqueradeMark({ masqueradeBit }: Pick<RenderSettings, 'masqueradeBit'>): string {
  return `0x${(2 ** masqueradeBit).toString(16).padStart(6, '0')}`;
}

function postrouting(settings: RenderSettings): readonly string[] {
  const mark = masqueradeMark(settings);
  return [
    `-m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-j MARK --xor-mark ${mark}`, // a packet that comes by again is not masqueraded again
    '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ];
}

function forward(settings: RenderSettings): readonly string[] {
  const mark = masqueradeMark(settings);
  return [
    ...(settings.tcpLiberal ? [] : ['-m conntrack --ctstate INVALID -j DROP']), // else the kernel resets connections over late packets
    `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ];
}

/** Node ports at 127.0.0.1 need route_localnet, by which neighbours could reach what listens on loopback; the kubelet writes the same rule. */
function firewall({ family, localhostNodePorts }: RenderSettings): readonly string[] {
  if (family === 'IPv6' || !localhostNodePorts) return [];
  return ['-m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP'];
}
