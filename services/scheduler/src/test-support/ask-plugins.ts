import type { coreV1 } from '@kubernode/api';
import type { NodeView } from '../cache/node-table.ts';
import { podInfo } from '../cache/pod-info.ts';
import type { Cycle, NodeFilter, Plugin } from '../framework/plugin.ts';
import { messageOf, type Verdict } from '../framework/verdict.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

/** Nodes with the pods on them as plain objects, which is all that the naive twins look at. */
export type World = readonly Placed[];
export interface Placed { readonly node: coreV1.Node; readonly pods: readonly coreV1.Pod[] }

export function clusterOf(world: World, options: TestClusterOptions = {}): TestCluster {
  return new TestCluster(world.map(({ node, pods }) => [node, ...pods] as const), options);
}

export function pluginOf({ profile }: TestCluster, name: string): Plugin { return profile.all.find((one) => one.name === name) as Plugin; } // the default profile has it
export function cycleOf({ table }: TestCluster, pod: coreV1.Pod): Cycle { return { subject: podInfo(pod), table, nowMs: 0 }; }
export function viewsOf({ table }: TestCluster, world: World): NodeView[] { return world.map(({ node }) => table.get(node.metadata.name) as NodeView); } // the cluster was made of them

/** What the plugin says of each node, in the world's order: code and reasons, undefined where it will do. A verdict on the pod itself stands for all nodes. */
export function verdictsOf(cluster: TestCluster, world: World, { plugin, pod }: { plugin: Plugin | string; pod: coreV1.Pod }): (string | undefined)[] {
  const one = typeof plugin === 'string' ? pluginOf(cluster, plugin) : plugin;
  const filter = one.prepareFilter?.(cycleOf(cluster, pod));
  if (filter === undefined) return world.map(() => undefined);
  return 'code' in filter ? world.map(() => shown(filter)) : ask(filter, viewsOf(cluster, world));
}

export function ask(filter: NodeFilter, views: readonly NodeView[]): (string | undefined)[] {
  return views.map((view) => (filter.only?.has(view.name) === false ? 'not asked' : shown(filter.check(view))));
}

/** Code and reasons, which stand in any order. */
export function shown(verdict: Verdict | undefined): string | undefined {
  return verdict === undefined ? undefined : `${verdict.code}: ${messageOf({ ...verdict, reasons: [...verdict.reasons].sort() })}`;
}

/** Scores of all nodes, normalised, in the world's order; zeros when the plugin has nothing to say. */
export function scoresOf(cluster: TestCluster, world: World, { plugin, pod }: { plugin: Plugin | string; pod: coreV1.Pod }): number[] {
  const views = viewsOf(cluster, world);
  const one = typeof plugin === 'string' ? pluginOf(cluster, plugin) : plugin;
  const scorer = one.prepareScore?.(cycleOf(cluster, pod), views);
  if (scorer === undefined) return views.map(() => 0);
  const scores = Float64Array.from(views, (view) => scorer.score(view));
  scorer.normalise?.(scores, views);
  return [...scores];
}
