import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import { statusOf, type CycleObserver } from '../framework/cycle-observer.ts';
import type { Cycle, DryRun, Nominations, NodeFilter } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';
import { unresolvable, type Refused } from '../framework/verdict.ts';

interface NamedFilter { readonly plugin: string; readonly filter: NodeFilter; /** Nodes for which this was the last one asked. */ lastAsked: number }
type Promised = Nominations & { readonly isEmpty: boolean };

/** What the filters of an attempt are; or that the pod is turned down without asking any node. */
export type PreparedFilters =
  | { readonly filters: Filters; readonly refused?: undefined; readonly only: ReadonlySet<string> | undefined; readonly narrowedBy: readonly string[] }
  | { readonly filters: Filters; readonly refused: Refused; readonly blamed: readonly string[] };

/** Of the nodes of an attempt whose plugins are timed: the others are like them. */
const TIMED_NODES_MAX = 10;

/** Asks the plugins of the profile once for the pod. After a verdict that other pods' leaving might change, the rest is asked, too, for preemption. */
export function prepareFilters(cycle: Cycle, { plugins }: Pick<Profile, 'plugins'>, { nominations, observer }: { nominations: Promised; observer?: CycleObserver | undefined }): PreparedFilters {
  const found = new Map<string, NodeFilter>();
  const narrowedBy: string[] = [];
  let only: ReadonlySet<string> | undefined;
  let refused: Refused | undefined;
  const filters = (): Filters => new Filters(cycle, plugins.filter.flatMap(({ name }) => { const filter = found.get(name); return filter === undefined ? [] : [{ plugin: name, filter, lastAsked: 0 }]; }), { nominations, observer });
  for (const plugin of new Set([...plugins.preFilter, ...plugins.filter])) {
    const since = observer?.plugin === undefined ? 0 : observer.now();
    const prepared = plugin.prepareFilter?.(cycle);
    observer?.plugin?.(plugin.name, 'PreFilter', prepared === undefined ? 'Skip' : statusOf('code' in prepared ? prepared : undefined), since);
    if (prepared === undefined) continue;
    observer?.evaluated(plugin.name, 'PreFilter', 1);
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
  readonly #nominations: Promised;
  readonly #observer: CycleObserver | undefined;
  #timed = 0;

  constructor(cycle: Cycle, filters: readonly NamedFilter[], { nominations, observer }: { nominations: Promised; observer: CycleObserver | undefined }) {
    this.#cycle = cycle;
    this.#filters = filters;
    this.#nominations = nominations;
    this.#observer = observer;
  }

  /** Tells how often each filter was asked: also for all nodes that went on to a later one. */
  tellEvaluations(): void {
    let asked = 0;
    for (let i = this.#filters.length - 1; i >= 0; i--) {
      const one = this.#filters[i] as NamedFilter; // within length
      asked += one.lastAsked;
      one.lastAsked = 0;
      if (asked > 0) this.#observer?.evaluated(one.plugin, 'Filter', asked);
    }
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
    if (this.#observer?.plugin !== undefined && this.#timed++ < TIMED_NODES_MAX) return this.#askTimed(node, this.#observer);
    const filters = this.#filters;
    for (let i = 0; i < filters.length; i++) {
      const one = filters[i] as NamedFilter; // within length
      const verdict = one.filter.check(node);
      if (verdict !== undefined) { one.lastAsked++; return { plugin: one.plugin, verdict }; }
    }
    const last = filters[filters.length - 1];
    if (last !== undefined) last.lastAsked++;
    return undefined;
  }

  #askTimed(node: NodeView, observer: CycleObserver): Refused | undefined {
    for (const one of this.#filters) {
      const since = observer.now();
      const verdict = one.filter.check(node);
      observer.plugin?.(one.plugin, 'Filter', statusOf(verdict), since);
      observer.evaluated(one.plugin, 'Filter', 1);
      if (verdict !== undefined) return { plugin: one.plugin, verdict };
    }
    return undefined;
  }
}
