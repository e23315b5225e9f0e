import type { IpFamily, Labels } from '@kubernode/apimachinery';
import type { IpSet } from '@kubernode/netfilter';
import { membersOf, noMembers, type AddressSet } from '../policy/address-set.ts';
import type { PolicyPod } from '../policy/policy-pod.ts';

type Members = Readonly<Record<IpFamily, readonly string[]>>;

/** One family's share of a set. */
interface Share {
  /** By how many pods each member is put in: for a moment two may have one address. */
  counts: Map<string, number>;
  /** Members that came or went since `rendered`; some may have done both. */
  touched: Set<string>;
  rendered: IpSet | undefined;
}

/** One set of addresses, kept in step with pods: what did not change is the same object, and what did tells how, so that nobody compares all members. */
export class LiveSet {
  readonly #set: AddressSet;
  readonly #byPod = new Map<string, Members>();
  readonly #shares: Readonly<Record<IpFamily, Share>> = { IPv4: emptyShare(), IPv6: emptyShare() };

  constructor(set: AddressSet) { this.#set = set; }

  /** What the pod puts in now; without `pod` it is gone. */
  update(key: string, pod: PolicyPod | undefined, namespaceLabels: Labels | undefined): void {
    if (this.#set.kind === 'hash:net') return;
    const before = this.#byPod.get(key) ?? noMembers;
    const after = pod === undefined ? noMembers : membersOf(this.#set, pod, namespaceLabels);
    for (const family of ['IPv4', 'IPv6'] as const) {
      for (const member of before[family]) count(this.#shares[family], member, -1);
      for (const member of after[family]) count(this.#shares[family], member, 1);
    }
    if (after.IPv4.length + after.IPv6.length === 0) this.#byPod.delete(key);
    else this.#byPod.set(key, after);
  }

  render(family: IpFamily): IpSet {
    const share = this.#shares[family];
    if (share.rendered !== undefined && share.touched.size === 0) return share.rendered;
    return share.rendered = this.#set.kind === 'hash:net' ? { kind: 'hash:net', family, members: this.#set.ranges[family] } : renderShare(share, { kind: this.#set.kind, family });
  }
}

const emptyShare = (): Share => ({ counts: new Map(), touched: new Set(), rendered: undefined });

function count(share: Share, member: string, change: 1 | -1): void {
  const now = (share.counts.get(member) ?? 0) + change;
  if (now === 0) share.counts.delete(member);
  else share.counts.set(member, now);
  if (now === 0 || (now === 1 && change === 1)) share.touched.add(member);
}

function renderShare({ counts, touched, rendered }: Share, { kind, family }: Pick<IpSet, 'kind' | 'family'>): IpSet {
  const before = rendered?.members ?? new Set<string>();
  const added = [...touched].filter((member) => counts.has(member) && !before.has(member));
  const removed = [...touched].filter((member) => !counts.has(member) && before.has(member));
  touched.clear();
  if (rendered !== undefined && added.length + removed.length === 0) return rendered;
  const members = new Set(before);
  for (const member of removed) members.delete(member);
  for (const member of added) members.add(member);
  return { kind, family, members, since: { members: before, added, removed } };
}
