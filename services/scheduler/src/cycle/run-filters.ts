import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import type { Cycle, DryRun, Nominations, NodeFilter } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';
import { unresolvable, type Refused } from '../framework/verdict.ts';

interface NamedFilter { readonly plugin: string; readonly filter: NodeFilter }

/** What the filters of an attempt are; or that the pod is turned down without asking any node. */
export type PreparedFilters =
  | { readonly filters: Filters; readonly refused?: undefined; readonly only: ReadonlySet<string> | undefined; readonly narrowedBy: readonly string[] }
  | { readonly filters: Filters; readonly refused: Refused; readonly blamed: readonly string[] };

/** Asks the plugins of the profile once for the pod. After a verdict that other pods' leaving might change, the rest is asked, too, for preemption. */
export function prepareFilters(cycle: Cycle, { plugins }: Pick<Profile, 'plugins'>, nominations: Nominations & { readonly isEmpty: boolean }): PreparedFilters {
  const found = new Map<string, NodeFilter>();
  const narrowedBy: string[] = [];
  let only: ReadonlySet<string> | undefined;
  let refused: Refused | undefined;
  const filters = (): Filters => new Filters(cycle, plugins.filter.flatMap(({ name }) => { const filter = found.get(name); return filter === undefined ? [] : [{ plugin: name, filter }]; }), nominations);
  for (const plugin of new Set([...plugins.preFilter, ...plugins.filter])) {
    const prepared = plugin.prepareFilter?.(cycle);
    if (prepared === undefined) continue;
    if ('code' in prepared) {
      if (!plugins.preFilter.includes(plugin)) continue;
      refused = { plugin: plugin.name, verdict: prepared };
      if (prepared.code !== 'unschedulable') return { filters: filters(), refused, blamed: [plugin.name] };
      continue;
    }
    found.set(plugin.name, prepared);
    if (prepared.only === undefined) continue;
    narrowedBy.push(plugin.name);
    only = only === undefined ? prepared.only : intersection(only, prepared.only);
    if (only.size === 0) return { filters: filters(), refused: { plugin: '', verdict: unresolvable(nowhere(narrowedBy)) }, blamed: narrowedBy };
  }
  return refused === undefined ? { filters: filters(), only, narrowedBy } : { filters: filters(), refused, blamed: [refused.plugin] };
}

function nowhere(plugins: readonly string[]): string {
  return plugins.length === 1 ? `node(s) didn't satisfy plugin ${plugins[0] ?? ''}` : `node(s) didn't satisfy plugin(s) [${[...plugins].sort().join(' ')}] simultaneously`;
}

function intersection(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> { return new Set([...a].filter((one) => b.has(one))); }

/** The filters of one attempt. The table may be changed through them to ask "what if". */
export class Filters implements DryRun {
  readonly #cycle: Cycle;
  readonly #filters: readonly NamedFilter[];
  readonly #nominations: Nominations & { readonly isEmpty: boolean };

  constructor(cycle: Cycle, filters: readonly NamedFilter[], nominations: Nominations & { readonly isEmpty: boolean }) {
    this.#cycle = cycle;
    this.#filters = filters;
    this.#nominations = nominations;
  }

  /** The first refusal, if any: with the pods that were promised this node and matter as much, and then without them, since they may never come. */
  fits(node: NodeView): Refused | undefined {
    if (this.#nominations.isEmpty) return this.#ask(node);
    const { uid, priority } = this.#cycle.subject;
    const promised = this.#nominations.on(node.name).filter((pod) => pod.priority >= priority && pod.uid !== uid && !node.pods.has(pod.uid));
    if (promised.length === 0) return this.#ask(node);
    for (const pod of promised) this.add(pod, node);
    const refused = this.#ask(node);
    for (const pod of promised) this.remove(pod, node);
    return refused ?? this.#ask(node);
  }

  add(pod: PodInfo, node: NodeView): void {
    this.#cycle.table.addPod(node, pod);
    for (const { filter } of this.#filters) filter.podAdded?.(pod, node);
  }

  remove(pod: PodInfo, node: NodeView): void {
    this.#cycle.table.removePod(node, pod.uid);
    for (const { filter } of this.#filters) filter.podRemoved?.(pod, node);
  }

  #ask(node: NodeView): Refused | undefined {
    for (const { plugin, filter } of this.#filters) {
      const verdict = filter.check(node);
      if (verdict !== undefined) return { plugin, verdict };
    }
    return undefined;
  }
}
