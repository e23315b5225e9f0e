import { isDeepStrictEqual } from 'node:util';
import { matchesLabels, type IpFamily, type Labels } from '@kubernode/apimachinery';
import type { IpSet, IpSets, RuleSet } from '@kubernode/netfilter';
import type { AddressSet } from '../policy/address-set.ts';
import { directions, type CompiledPolicy, type Direction } from '../policy/compile-policy.ts';
import type { PolicyPod } from '../policy/policy-pod.ts';
import { LiveSet } from './live-set.ts';
import { podChain, policyChain, setName, topChain } from './names.ts';
import { renderDispatch, renderPodChain, renderPolicyChain, renderTopStart, type IsolatedPod } from './render-rules.ts';

/** What is to be in one family's tables and sets; both empty when no pod of the node is isolated. */
export interface WantedRules { rules: RuleSet; sets: IpSets }

/**
 * Policies, pods and namespaces as last seen, and what follows for one node. A change costs what it touches: the sets that one pod is in or
 * comes into, the chains of one pod or policy. Only policies that select a pod of the node are looked at further.
 */
export class PolicyIndex {
  readonly #nodeName: string;
  readonly #policies = new Map<string, CompiledPolicy>();
  readonly #pods = new Map<string, PolicyPod>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #isolated = new Map<string, IsolatedPod>();
  readonly #sets = new Map<string, LiveSet>();
  readonly #policyParts: PartCache<CompiledPolicy> = new WeakMap();
  readonly #podParts: PartCache<IsolatedPod> = new WeakMap();

  constructor({ nodeName }: { nodeName: string }) { this.#nodeName = nodeName; }

  setPolicy(key: string, policy: CompiledPolicy | undefined): void {
    const namespace = (policy ?? this.#policies.get(key))?.namespace;
    if (policy === undefined) this.#policies.delete(key);
    else this.#policies.set(key, policy);
    for (const pod of this.#pods.values()) if (pod.namespace === namespace) this.#isolate(pod.key, pod);
  }

  /** Whether policies see the pod otherwise than before: most of a pod's changes are not theirs. */
  setPod(key: string, pod: PolicyPod | undefined): boolean {
    const before = this.#pods.get(key);
    if (isDeepStrictEqual(before, pod)) return false;
    if (pod === undefined) this.#pods.delete(key);
    else this.#pods.set(key, pod);
    for (const set of this.#sets.values()) set.update(key, pod, pod && this.#namespaces.get(pod.namespace));
    this.#isolate(key, pod);
    return true;
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.#namespaces.delete(name);
    else this.#namespaces.set(name, labels);
    for (const pod of this.#pods.values()) {
      if (pod.namespace === name) for (const set of this.#sets.values()) set.update(pod.key, pod, labels);
    }
  }

  /** Pods of the node that are isolated, by direction. */
  isolated(direction: Direction): number {
    return [...this.#isolated.values()].filter(({ policies }) => policies[direction] !== undefined).length;
  }

  wanted(family: IpFamily): WantedRules {
    const pods = [...this.#isolated.values()].filter(({ pod }) => pod.addresses[family].length > 0).sort((a, b) => (a.pod.key < b.pod.key ? -1 : 1));
    const used = this.#keepUsedSets();
    if (pods.length === 0) return { rules: {}, sets: new Map() };
    const chains = new Map<string, readonly string[]>([[topChain, [...renderTopStart(family), ...pods.flatMap((pod) => kept(this.#podParts, pod, `${family} top`, () => renderDispatch(pod, family)))]]]);
    const sets = new Map<string, IpSet>();
    for (const direction of directions) {
      const part = `${family} ${direction}`;
      for (const one of pods.filter(({ policies }) => policies[direction] !== undefined)) chains.set(kept(this.#podParts, one, direction, () => podChain(one.pod.key, direction)), kept(this.#podParts, one, part, () => renderPodChain(one, direction, family)));
      for (const policy of policiesOf(pods, direction)) chains.set(kept(this.#policyParts, policy, direction, () => policyChain(policy.key, direction)), kept(this.#policyParts, policy, part, () => renderPolicyChain(policy, direction, family)));
    }
    for (const [id, set] of used) sets.set(setName(id, family), set.render(family));
    return { rules: { mangle: chains }, sets };
  }

  #isolate(key: string, pod: PolicyPod | undefined): void {
    if (pod === undefined || pod.nodeName !== this.#nodeName) { this.#isolated.delete(key); return; }
    const selecting = [...this.#policies.values()].filter(({ namespace, target }) => namespace === pod.namespace && matchesLabels(target, pod.labels)).sort((a, b) => (a.key < b.key ? -1 : 1));
    const policies: Partial<Record<Direction, readonly CompiledPolicy[]>> = {};
    for (const direction of directions) {
      const some = selecting.filter(({ rules }) => rules[direction] !== undefined);
      if (some.length > 0) policies[direction] = some;
    }
    if (policies.ingress === undefined && policies.egress === undefined) this.#isolated.delete(key);
    else this.#isolated.set(key, { pod, policies });
  }

  /** Begins sets that rules of isolated pods ask, and forgets those that none asks any more. */
  #keepUsedSets(): ReadonlyMap<string, LiveSet> {
    const used = new Map<string, AddressSet>();
    const pods = [...this.#isolated.values()];
    for (const direction of directions) {
      for (const policy of policiesOf(pods, direction)) {
        for (const { peer, port } of policy.rules[direction] ?? []) for (const set of [peer, port?.named]) if (set !== undefined) used.set(set.id, set);
      }
    }
    for (const id of this.#sets.keys()) if (!used.has(id)) this.#sets.delete(id);
    for (const [id, set] of used) if (!this.#sets.has(id)) this.#sets.set(id, this.#liveSet(set));
    return this.#sets;
  }

  #liveSet(set: AddressSet): LiveSet {
    const live = new LiveSet(set);
    for (const pod of this.#pods.values()) live.update(pod.key, pod, this.#namespaces.get(pod.namespace));
    return live;
  }
}

function policiesOf(pods: readonly IsolatedPod[], direction: Direction): ReadonlySet<CompiledPolicy> {
  return new Set(pods.flatMap(({ policies }) => policies[direction] ?? []));
}

/** What was rendered for an object, by part: a name, or rules. */
type PartCache<K extends object> = WeakMap<K, Map<string, unknown>>;

/** The part as it was rendered before, so that an unchanged chain is the same array. */
function kept<K extends object, T>(cache: PartCache<K>, owner: K, part: string, render: () => T): T {
  let parts = cache.get(owner);
  if (parts === undefined) cache.set(owner, parts = new Map());
  if (!parts.has(part)) parts.set(part, render());
  return parts.get(part) as T; // a part has one kind of content
}
