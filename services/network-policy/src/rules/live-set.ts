import type { IpFamily, Labels } from '@kubernode/apimachinery';
import type { IpSet } from '@kubernode/netfilter';
import { membersOf, noMembers, type AddressSet } from '../policy/address-set.ts';
import type { PolicyPod } from '../policy/policy-pod.ts';

type Members = Readonly<Record<IpFamily, readonly string[]>>;

/** One set of addresses, kept in step with pods. A set that did not change is the same object, so that nobody compares its members. */
export class LiveSet {
  readonly #set: AddressSet;
  readonly #byPod = new Map<string, Members>();
  #rendered: Partial<Record<IpFamily, IpSet>> = {};

  constructor(set: AddressSet) { this.#set = set; }

  /** What the pod puts in now; without `pod` it is gone. */
  update(key: string, pod: PolicyPod | undefined, namespaceLabels: Labels | undefined): void {
    if (this.#set.kind === 'hash:net') return;
    const before = this.#byPod.get(key) ?? noMembers;
    const after = pod === undefined ? noMembers : membersOf(this.#set, pod, namespaceLabels);
    for (const family of ['IPv4', 'IPv6'] as const) if (!same(before[family], after[family])) delete this.#rendered[family];
    if (after.IPv4.length + after.IPv6.length === 0) this.#byPod.delete(key);
    else this.#byPod.set(key, after);
  }

  render(family: IpFamily): IpSet {
    return this.#rendered[family] ??= { kind: this.#set.kind, family, members: this.#set.kind === 'hash:net' ? this.#set.ranges[family] : new Set([...this.#byPod.values()].flatMap((members) => members[family])) };
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a === b || a.length === b.length && a.every((one, i) => one === b[i]);
}
