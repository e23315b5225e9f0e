import type { Rng } from '@kubernode/base';
import type { NodeView } from '../cache/node-table.ts';
import type { PodInfo } from '../cache/pod-info.ts';
import { observePoint, statusOf, type CycleObserver } from '../framework/cycle-observer.ts';
import type { Cycle, Nominations, Refusals } from '../framework/plugin.ts';
import type { Profile } from '../framework/profile.ts';
import { messageOf, unresolvable, type Refused } from '../framework/verdict.ts';
import { feasibleWanted, findNodes, namedNodes, type FoundNodes } from './find-nodes.ts';
import { fitMessage } from './fit-message.ts';
import { runPostFilters, type AfterFilters } from './run-post-filters.ts';
import { prepareFilters, type Filters } from './run-filters.ts';
import { chooseBest, PluginFault, scoreNodes } from './score-nodes.ts';

export { PluginFault } from './score-nodes.ts';

export const NO_NODES = 'no nodes available to schedule pods';

/** Who is to blame that a pod found no node. */
export interface Blame { readonly refusedBy: ReadonlySet<string>; readonly pendingBy: ReadonlySet<string> }

/** A node; or why there is none. */
export type Decision =
  | { readonly node: NodeView; readonly evaluated: number; readonly feasible: number }
  | ({ readonly node: undefined; readonly message: string; readonly nominated: string | undefined; readonly refusals: Refusals } & Blame);

export interface SchedulePodOptions {
  profile: Profile;
  nominations: Nominations & { readonly isEmpty: boolean };
  /** Of all profiles; 0 adapts to the size of the cluster. */
  percentageOfNodesToScore: number;
  /** Where to begin asking. */
  startIndex: number;
  rng: Rng;
  /** Programs outside that have a say; absent when none are configured. */
  extenders?: ExtenderCalls | undefined;
  observer?: CycleObserver | undefined;
}

/** What extenders do to a decision. They are the only part of it that waits. */
export interface ExtenderCalls {
  readonly filters: boolean;
  readonly scores: boolean;
  /** Takes nodes away from `found.feasible`. */
  filter(subject: PodInfo, found: FoundNodes): Promise<void>;
  /** Adds to the totals. */
  score(subject: PodInfo, nodes: readonly NodeView[], totals: Float64Array): Promise<void>;
}

/** A choice that has been narrowed down to the nodes that will do. */
interface Search { readonly filters: Filters; readonly found: FoundNodes; readonly evaluated: number; readonly others: Refused | undefined; readonly narrowedBy: readonly string[]; readonly refused?: Refused; readonly blamed?: readonly string[] }

/**
 * Picks a node: those that every filter lets through, the best of them by weighted score, any of the best by chance. When none will do, the
 * post filters may make room. Answers at once unless someone outside has a say.
 */
export function schedulePod(cycle: Cycle, options: SchedulePodOptions): Decision | Promise<Decision> {
  if (cycle.table.nodes.length === 0) return noNodes;
  const search = searchNodes(cycle, options);
  const { feasible } = search.found;
  if (feasible.length === 0) return turnDown(cycle, search, options);
  return options.extenders === undefined ? choose(cycle, search, options) : chooseWithExtenders(cycle, search, { ...options, extenders: options.extenders });
}

/** Nodes that went while extenders were asked are not chosen. */
async function chooseWithExtenders(cycle: Cycle, search: Search, options: SchedulePodOptions & { extenders: ExtenderCalls }): Promise<Decision> {
  const { found: { feasible }, evaluated } = search;
  const before = feasible.length;
  await options.extenders.filter(cycle.subject, search.found);
  const narrowed = feasible.length < before;
  removeGone(cycle, feasible);
  const [only] = feasible;
  if (only === undefined) return turnDown(cycle, narrowed ? { ...search, narrowedBy: [...search.narrowedBy, EXTENDER] } : search, options);
  if (feasible.length === 1) return { node: only, evaluated, feasible: 1 };
  const totals = scoreNodes(cycle, feasible, options.profile, options.observer);
  await options.extenders.score(cycle.subject, feasible, totals);
  for (const [i, node] of feasible.entries()) if (cycle.table.get(node.name) !== node) totals[i] = -Infinity;
  return { node: chooseBest(feasible, totals, options.rng), evaluated, feasible: feasible.length };
}

/** Blamed when an extender took the last node away: any event may help then. */
export const EXTENDER = 'Extender';

const NOBODY: ReadonlySet<string> = new Set();
const noNodes: Decision = { node: undefined, message: NO_NODES, nominated: '', refusals: { byNode: new Map(), others: undefined }, refusedBy: NOBODY, pendingBy: NOBODY };

function searchNodes(cycle: Cycle, options: SchedulePodOptions): Search {
  const { profile, nominations, startIndex, observer } = options;
  const prepared = observePoint(observer, 'PreFilter', { work: () => prepareFilters(cycle, profile, { nominations, observer }), status: ({ refused }) => statusOf(refused?.verdict) });
  const { filters } = prepared;
  if (prepared.refused !== undefined) return { filters, found: { feasible: [], refusals: new Map() }, evaluated: 0, others: prepared.refused, narrowedBy: [], refused: prepared.refused, blamed: prepared.blamed };
  const { only, narrowedBy } = prepared;
  const promised = cycle.table.get(cycle.subject.pod.status?.nominatedNodeName ?? '');
  if (promised !== undefined && filters.fits(promised) === undefined) return { filters, found: { feasible: [promised], refusals: new Map() }, evaluated: 1, others: undefined, narrowedBy };
  const nodes = only === undefined ? cycle.table.nodes : namedNodes(cycle, only);
  const found = observePoint(observer, 'Filter', { work: () => findNodes(filters, nodes, { wanted: wantedOf(nodes.length, options), startIndex }), status: () => 'Success' });
  filters.tellEvaluations();
  const others = only === undefined ? undefined : { plugin: '', verdict: unresolvable(`node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`) };
  return { filters, found, evaluated: found.feasible.length + found.refusals.size, others, narrowedBy };
}

function wantedOf(nodes: number, { profile, percentageOfNodesToScore, extenders }: SchedulePodOptions): number {
  const anyWillDo = profile.plugins.score.length === 0 && extenders?.filters !== true && extenders?.scores !== true;
  return anyWillDo ? 1 : feasibleWanted(nodes, profile.percentageOfNodesToScore ?? percentageOfNodesToScore);
}

function choose(cycle: Cycle, { found: { feasible }, evaluated }: Search, { profile, rng, observer }: SchedulePodOptions): Decision {
  const [only] = feasible;
  if (feasible.length === 1 && only !== undefined) return { node: only, evaluated, feasible: 1 };
  return { node: chooseBest(feasible, scoreNodes(cycle, feasible, profile, observer), rng), evaluated, feasible: feasible.length };
}

function turnDown(cycle: Cycle, search: Search, { profile, observer }: SchedulePodOptions): Decision | Promise<Decision> {
  const { found, others, refused } = search;
  throwFaults(search);
  const refusals: Refusals = { byNode: found.refusals, others };
  const decide = ({ message: postFilter, nominated }: AfterFilters): Decision => {
    const message = fitMessage({ nodes: cycle.table.nodes.length, refusals, refused: refused?.verdict, postFilter });
    return { node: undefined, message, nominated, refusals, ...blame(search) };
  };
  const after = observePoint(observer, 'PostFilter', { work: () => runPostFilters(profile.plugins.postFilter, (plugin) => plugin.postFilter?.(cycle, refusals, search.filters)), status: (made) => (made instanceof Promise || (made.nominated ?? '') !== '' ? 'Success' : 'Unschedulable') });
  return after instanceof Promise ? after.then(decide) : decide(after);
}

function throwFaults({ refused, found }: Search): void {
  if (refused?.verdict.code === 'error') throw new PluginFault(`running PreFilter plugin "${refused.plugin}": ${messageOf(refused.verdict)}`);
  for (const { plugin, verdict } of found.refusals.values()) if (verdict.code === 'error') throw new PluginFault(`running "${plugin}" filter plugin: ${messageOf(verdict)}`);
}

function blame({ found, refused, blamed, narrowedBy }: Search): Blame {
  const refusedBy = new Set<string>(blamed ?? narrowedBy);
  const pendingBy = new Set<string>();
  const all = refused === undefined ? found.refusals.values() : [refused];
  for (const { plugin, verdict } of all) {
    if (plugin === '') continue;
    if (verdict.code === 'pending') { pendingBy.add(plugin); refusedBy.delete(plugin); } else refusedBy.add(plugin);
  }
  return { refusedBy, pendingBy };
}

function removeGone({ table }: Cycle, nodes: NodeView[]): void {
  for (let i = nodes.length - 1; i >= 0; i--) { const node = nodes[i]; if (node !== undefined && table.get(node.name) !== node) nodes.splice(i, 1); }
}
