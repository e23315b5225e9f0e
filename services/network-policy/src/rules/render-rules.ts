import type { IpFamily } from '@kubernode/apimachinery';
import type { Jump } from '@kubernode/netfilter';
import { directions, type AllowedPort, type AllowedTraffic, type CompiledPolicy, type Direction } from '../policy/compile-policy.ts';
import type { PolicyPod } from '../policy/policy-pod.ts';
import { podChain, policyChain, setName, topChain } from './names.ts';

/**
 * Where pods' packets are looked at: forwarded ones, after a service's address was replaced by a pod's. The mangle table comes before the
 * filter table, where the service proxy and others accept packets for good. What the node itself sends and gets does not come by here, so it
 * always reaches its own pods and they reach it, as Kubernetes wants it.
 */
export const policyJump: Jump = { table: 'mangle', chain: 'FORWARD', position: 'first', rule: `-m comment --comment "kubernetes network policies" -j ${topChain}` };

/** The bit of a packet's mark that says that a policy lets it through; none of the service proxy's. */
const ALLOWED = '0x10000/0x10000';
const NOT_ALLOWED = '0x0/0x10000';
/** iptables' own bound is 255; names of policies may be as long. */
const COMMENT_CHARACTERS_MAX = 200;
/** Router and neighbour discovery, which IPv6 needs on every link; bridged packets come by as well. */
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136];

/** A pod of this node and the policies that isolate it, by direction; a direction in which none does is absent. */
export interface IsolatedPod { pod: PolicyPod; policies: Readonly<Partial<Record<Direction, readonly CompiledPolicy[]>>> }

/** How the chain begins that all packets come to: what belongs to a flow that was let through goes on. */
export function renderTopStart(family: IpFamily): string[] {
  return [
    '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    ...(family === 'IPv6' ? NEIGHBOUR_DISCOVERY.map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j RETURN`) : []),
  ];
}

/** Sends a pod's new flows to its chains. Both ends have to agree. */
export function renderDispatch({ pod, policies }: IsolatedPod, family: IpFamily): string[] {
  return directions.filter((direction) => policies[direction] !== undefined).flatMap((direction) =>
    pod.addresses[family].map((address) => `${comment(`${direction} ${pod.key}`)} ${end(direction, 'own')} ${address} -j ${podChain(pod.key, direction)}`));
}

/** Lets through what one of the policies does, and what the pod sends to itself by a service. */
export function renderPodChain({ pod, policies }: IsolatedPod, direction: Direction, family: IpFamily): string[] {
  return [
    ...pod.addresses[family].map((address) => `${comment('to itself')} ${end(direction, 'other')} ${address} -j RETURN`),
    `-j MARK --set-xmark ${NOT_ALLOWED}`,
    ...(policies[direction] ?? []).map(({ key }) => `${comment(`policy ${key}`)} -j ${policyChain(key, direction)}`),
    `-m mark --mark ${ALLOWED} -j RETURN`,
    '-j DROP',
  ];
}

/** Marks what the policy lets through. */
export function renderPolicyChain(policy: CompiledPolicy, direction: Direction, family: IpFamily): string[] {
  return (policy.rules[direction] ?? []).filter((traffic) => isPossible(traffic, family)).map((traffic) => [
    ...renderPort(traffic.port, family),
    ...(traffic.peer === undefined ? [] : [`-m set --match-set ${setName(traffic.peer.id, family)} ${direction === 'ingress' ? 'src' : 'dst'}`]),
    `-j MARK --set-xmark ${ALLOWED}`,
  ].join(' '));
}

/** Blocks of addresses are of one family as a rule; no rule is needed in the other. */
function isPossible({ peer }: AllowedTraffic, family: IpFamily): boolean {
  return peer?.kind !== 'hash:net' || peer.ranges[family].size > 0;
}

function renderPort(port: AllowedPort | undefined, family: IpFamily): string[] {
  if (port === undefined) return [];
  const { protocol, first, last, named } = port;
  if (named !== undefined) return [`-p ${protocol} -m set --match-set ${setName(named.id, family)} dst,dst`];
  if (first === undefined) return [`-p ${protocol}`];
  return [`-p ${protocol} -m ${protocol} --dport ${first === last ? first : `${first}:${last}`}`];
}

/** Which address is a pod's own in a direction, and which the other end's. */
function end(direction: Direction, whose: 'own' | 'other'): '-s' | '-d' {
  return (direction === 'egress') === (whose === 'own') ? '-s' : '-d';
}

const comment = (text: string): string => `-m comment --comment "${text.slice(0, COMMENT_CHARACTERS_MAX)}"`;
