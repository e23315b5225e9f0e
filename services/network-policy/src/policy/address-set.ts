import { matchesLabels, type IpFamily, type Labels, type LabelSelector } from '@kubernode/apimachinery';
import { nameHash, type IpSetKind } from '@kubernode/netfilter';
import type { RangesByFamily } from './ip-ranges.ts';
import type { PolicyPod } from './policy-pod.ts';

/** Pods of one namespace, or of the namespaces with these labels. */
export type PodPeer = { namespace: string; pods: LabelSelector } | { namespaces: LabelSelector; pods: LabelSelector };

/** A set of addresses that rules ask; the same id for the same contents, so that policies which say the same share it. */
export type AddressSet =
  | { id: string; kind: Extract<IpSetKind, 'hash:net'>; ranges: RangesByFamily }
  | { id: string; kind: Extract<IpSetKind, 'hash:ip'>; peer: PodPeer }
  | { id: string; kind: Extract<IpSetKind, 'hash:ip,port'>; peer: PodPeer; /** `PROTOCOL/NAME` */ port: string };

/** The addresses of these pods; with `port`, each with the number that the pod gives to that name. */
export function podSetOf(peer: PodPeer, port?: string): AddressSet {
  const id = nameHash(JSON.stringify([port, peer]));
  return port === undefined ? { id, kind: 'hash:ip', peer } : { id, kind: 'hash:ip,port', peer, port };
}

export function rangeSetOf(ranges: RangesByFamily): AddressSet {
  return { id: nameHash(JSON.stringify([[...ranges.IPv4], [...ranges.IPv6]])), kind: 'hash:net', ranges };
}

/** What a pod puts into a set; `namespaceLabels` are those of its namespace. */
export function membersOf(set: Exclude<AddressSet, { kind: 'hash:net' }>, pod: PolicyPod, namespaceLabels: Labels | undefined): Readonly<Record<IpFamily, readonly string[]>> {
  if (!selects(set.peer, pod, namespaceLabels)) return noMembers;
  if (set.kind === 'hash:ip') return pod.addresses;
  const number = pod.ports.get(set.port);
  if (number === undefined) return noMembers;
  const [protocol = ''] = set.port.split('/');
  const withPort = (address: string): string => `${address},${protocol}:${number}`;
  return { IPv4: pod.addresses.IPv4.map(withPort), IPv6: pod.addresses.IPv6.map(withPort) };
}

export const noMembers: Readonly<Record<IpFamily, readonly string[]>> = { IPv4: [], IPv6: [] };

function selects(peer: PodPeer, { namespace, labels }: PolicyPod, namespaceLabels: Labels | undefined): boolean {
  const inNamespace = 'namespace' in peer ? peer.namespace === namespace : namespaceLabels !== undefined && matchesLabels(peer.namespaces, namespaceLabels);
  return inNamespace && matchesLabels(peer.pods, labels);
}
