import { everything, objectKey, selectorFromLabelSelector, type LabelSelector } from '@kubernode/apimachinery';
import type { networkingV1 } from '@kubernode/api';
import { rangesOf } from './ip-ranges.ts';
import { readProtocol, type Protocol } from './policy-pod.ts';
import { podSetOf, rangeSetOf, type AddressSet, type PodPeer } from './address-set.ts';

export type Direction = 'ingress' | 'egress';
export const directions: readonly Direction[] = ['ingress', 'egress'];

/** A policy with its selectors read and the sets of addresses named that its rules ask. */
export interface CompiledPolicy {
  key: string;
  namespace: string;
  /** The pods, of its namespace, that it isolates in the directions that have rules here; a direction may have an empty list of them. */
  target: LabelSelector;
  rules: Readonly<Partial<Record<Direction, readonly AllowedTraffic[]>>>;
}

/** What one line of rules lets through: all that is given has to hold. */
export interface AllowedTraffic {
  /** The address at the other end is in there. */
  peer?: AddressSet;
  port?: AllowedPort;
}

/** `first` and `last` are absent for all ports of the protocol; with `named` the destination's address and port are in there. */
export interface AllowedPort { protocol: Protocol; first?: number; last?: number; named?: AddressSet }

/** @throws StatusError for selectors that are none. Pure. */
export function compilePolicy(policy: Readonly<networkingV1.NetworkPolicy>): CompiledPolicy {
  const { namespace = '' } = policy.metadata;
  const { podSelector, policyTypes = [], ingress = [], egress = [] } = policy.spec ?? {};
  const target = selectorFromLabelSelector(podSelector ?? {});
  const types = policyTypes.length > 0 ? policyTypes : ['Ingress', ...(egress.length > 0 ? ['Egress'] : [])];
  const self: PodPeer = { namespace, pods: target };
  return {
    key: objectKey(policy.metadata), namespace, target,
    rules: {
      ...(types.includes('Ingress') && { ingress: ingress.flatMap(({ from, ports }) => allowedTraffic({ peers: from, ports, namespace, namedPortsOf: () => self })) }),
      ...(types.includes('Egress') && { egress: egress.flatMap(({ to, ports }) => allowedTraffic({ peers: to, ports, namespace, namedPortsOf: (peer) => peer ?? allPods })) }),
    },
  };
}

const allPods: PodPeer = { namespaces: everything, pods: everything };

interface RuleInput {
  peers: readonly networkingV1.NetworkPolicyPeer[] | undefined;
  ports: readonly networkingV1.NetworkPolicyPort[] | undefined;
  namespace: string;
  /** Whose named ports are meant where the peer is this, or no pods. */
  namedPortsOf: (peer: PodPeer | undefined) => PodPeer;
}

/** Each peer with each port; no peers are all, and so are no ports. */
function allowedTraffic({ peers = [], ports = [], namespace, namedPortsOf }: RuleInput): AllowedTraffic[] {
  const ends = peers.length === 0 ? [{}] : readPeers(peers, namespace);
  return ends.flatMap(({ set, pods }) => {
    const peer = set === undefined ? {} : { peer: set };
    if (ports.length === 0) return [peer];
    return ports.map((port) => ({ ...peer, port: readPort(port, namedPortsOf(pods)) }));
  });
}

interface PeerEnd { set?: AddressSet; pods?: PodPeer }

function readPeers(peers: readonly networkingV1.NetworkPolicyPeer[], namespace: string): PeerEnd[] {
  const blocks = peers.flatMap(({ ipBlock }) => ipBlock ?? []);
  const selected = peers.filter(({ ipBlock }) => ipBlock === undefined).map((peer): PeerEnd => {
    const pods = podPeer(peer, namespace);
    return { set: podSetOf(pods), pods };
  });
  return blocks.length === 0 ? selected : [...selected, { set: rangeSetOf(rangesOf(blocks)) }];
}

function podPeer({ podSelector, namespaceSelector }: networkingV1.NetworkPolicyPeer, namespace: string): PodPeer {
  const pods = podSelector === undefined ? everything : selectorFromLabelSelector(podSelector);
  return namespaceSelector === undefined ? { namespace, pods } : { namespaces: selectorFromLabelSelector(namespaceSelector), pods };
}

function readPort({ port, endPort, protocol }: networkingV1.NetworkPolicyPort, namedOf: PodPeer): AllowedPort {
  const read = readProtocol(protocol);
  if (port === undefined) return { protocol: read };
  if (typeof port === 'number') return { protocol: read, first: port, last: endPort ?? port };
  return { protocol: read, named: podSetOf(namedOf, `${read}/${port}`) };
}
