import { coreV1Resources, type coreV1 } from '@kubernode/api';
import fc from 'fast-check';
import type { NodeView } from '../../cache/node-table.ts';
import { ask, clusterOf, cycleOf, pluginOf, scoresOf, verdictsOf, viewsOf, type World } from '../../test-support/ask-plugins.ts';
import { testNode, testPod } from '../../test-support/test-cluster.ts';
import { interPodAffinity } from '../inter-pod-affinity.ts';

// Affinity between pods against a twin that compares every pod with every other.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = { ns: { team: 'red' }, other: { team: 'blue' }, third: {} };
const objects = Object.entries(NAMESPACES).map(([name, labels]) => [coreV1Resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }] as const);

const app = fc.constantFrom('a', 'b');
const selector = fc.oneof(
  { weight: 5, arbitrary: app.map((one) => ({ matchLabels: { app: one } })) },
  app.map((one) => ({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: [one] }] })), fc.constant({}), fc.constant(undefined),
);
const namespaceSelector = fc.constantFrom({}, { matchLabels: { team: 'red' } }, { matchLabels: { team: 'green' } });
const term = fc.record({ topologyKey: fc.constantFrom('zone', 'rack', 'kubernetes.io/hostname'), labelSelector: selector, namespaces: fc.uniqueArray(fc.constantFrom(...Object.keys(NAMESPACES)), { minLength: 1, maxLength: 2 }), namespaceSelector }, { requiredKeys: ['topologyKey', 'labelSelector'] })
  .map(({ labelSelector, ...one }) => ({ ...one, ...(labelSelector && { labelSelector }) }) as coreV1.PodAffinityTerm); // absent selectors stay absent
const weighted = fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term });
const rules = fc.option(fc.record({ requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }), preferredDuringSchedulingIgnoredDuringExecution: fc.array(weighted, { maxLength: 2 }) }), { nil: undefined });
const pod = fc.record({ app, namespace: fc.constantFrom('ns', 'ns', 'other', 'third'), podAffinity: rules, podAntiAffinity: rules })
  .map(({ app: name, namespace, podAffinity, podAntiAffinity }) => testPod({ namespace, labels: { app: name }, affinity: { ...(podAffinity && { podAffinity }), ...(podAntiAffinity && { podAntiAffinity }) } }));
const world = fc.array(fc.record({ zone: fc.constantFrom('x', 'y'), rack: fc.constantFrom('r', 's'), pods: fc.array(pod, { maxLength: 3 }) }, { requiredKeys: ['pods'] }), { minLength: 1, maxLength: 6 })
  .map((all): World => all.map(({ zone, rack, pods }, i) => ({ node: testNode(`n${i}`, { labels: { ...(zone && { zone }), ...(rack && { rack }) } }), pods })));

type Kind = 'podAffinity' | 'podAntiAffinity';
const required = (one: coreV1.Pod, kind: Kind): coreV1.PodAffinityTerm[] => one.spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferred = (one: coreV1.Pod, kind: Kind): coreV1.WeightedPodAffinityTerm[] => one.spec?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** Whether a term that `owner` states means the other pod. */
function means({ labelSelector, namespaces = [], namespaceSelector: bySelector }: coreV1.PodAffinityTerm, { metadata: { labels = {}, namespace = '' } }: coreV1.Pod, owner: coreV1.Pod): boolean {
  const named = namespaces.length === 0 && bySelector === undefined ? [owner.metadata.namespace] : namespaces;
  const inNamespace = named.includes(namespace) || (bySelector !== undefined && Object.entries(bySelector.matchLabels ?? {}).every(([key, value]) => NAMESPACES[namespace]?.[key] === value));
  if (labelSelector === undefined || !inNamespace) return false;
  return Object.entries(labelSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) && (labelSelector.matchExpressions ?? []).every(({ key, values = [] }) => !values.includes(labels[key] ?? ''));
}

function together(a: coreV1.Node, b: coreV1.Node, key: string): boolean { return a.metadata.labels?.[key] !== undefined && a.metadata.labels[key] === b.metadata.labels?.[key]; }

function naiveFilter(nodes: World, node: coreV1.Node, subject: coreV1.Pod): string | undefined {
  const wanted = required(subject, 'podAffinity');
  const meetsAll = (other: coreV1.Pod): boolean => wanted.every((one) => means(one, other, subject));
  const near = (key: string): coreV1.Pod[] => nodes.filter((there) => together(there.node, node, key)).flatMap(({ pods }) => pods);
  const somebodyIsThere = wanted.some(({ topologyKey }) => nodes.some((there) => there.node.metadata.labels?.[topologyKey] !== undefined && there.pods.some(meetsAll)));
  const joins = wanted.every(({ topologyKey }) => near(topologyKey).some(meetsAll)) || (!somebodyIsThere && meetsAll(subject));
  if (wanted.some(({ topologyKey }) => node.metadata.labels?.[topologyKey] === undefined) || !joins) return "unresolvable: node(s) didn't match pod affinity rules";
  if (required(subject, 'podAntiAffinity').some((one) => near(one.topologyKey).some((other) => means(one, other, subject)))) return "unschedulable: node(s) didn't match pod anti-affinity rules";
  const unwanted = nodes.some((there) => there.pods.some((other) => required(other, 'podAntiAffinity').some((one) => means(one, subject, other) && together(there.node, node, one.topologyKey))));
  return unwanted ? "unschedulable: node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

function naiveScores(nodes: World, subject: coreV1.Pod, { hard, ignore }: { hard: number; ignore: boolean }): number[] {
  const opinionated = (['podAffinity', 'podAntiAffinity'] as const).some((kind) => preferred(subject, kind).length > 0);
  const sums = nodes.map(({ node }) => nodes.flatMap((there) => there.pods.map((other) => {
    const near = (key: string): boolean => together(there.node, node, key);
    let sum = 0;
    for (const [kind, sign] of [['podAffinity', 1], ['podAntiAffinity', -1]] as const) {
      for (const { weight, podAffinityTerm: one } of preferred(subject, kind)) if (near(one.topologyKey) && means(one, other, subject)) sum += sign * weight;
      for (const { weight, podAffinityTerm: one } of preferred(other, kind)) if (near(one.topologyKey) && means(one, subject, other)) sum += sign * weight;
    }
    for (const one of required(other, 'podAffinity')) if (near(one.topologyKey) && means(one, subject, other)) sum += hard;
    return sum;
  })).reduce((all, one) => all + one, 0));
  const [least, most] = [Math.min(...sums), Math.max(...sums)];
  return sums.map((sum) => ((ignore && !opinionated) || most === least ? 0 : Math.floor(100 * ((sum - least) / (most - least)))));
}

const plugin = 'InterPodAffinity';

describe(plugin, () => {
  test('filter', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => { expect(verdictsOf(clusterOf(nodes, { objects }), nodes, { plugin, pod: one })).toEqual(nodes.map(({ node }) => naiveFilter(nodes, node, one))); }), { numRuns: RUNS * 2 });
  });

  test('score', () => {
    fc.assert(fc.property(world, pod, fc.constantFrom(0, 1, 50), fc.boolean(), (nodes, one, hard, ignore) => {
      const cluster = clusterOf(nodes, { objects });
      const made = interPodAffinity({ hardPodAffinityWeight: hard, ignorePreferredTermsOfExistingPods: ignore }, { lister: cluster.lister });
      expect(scoresOf(cluster, nodes, { plugin: made, pod: one })).toEqual(naiveScores(nodes, one, { hard, ignore }));
    }), { numRuns: RUNS * 2 });
  });

  test('filter if a pod were gone, and when it is back', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const [first, ...others] = nodes;
      const [leaving, ...staying] = first?.pods ?? [];
      fc.pre(first !== undefined && leaving !== undefined);
      const cluster = clusterOf(nodes, { objects });
      const filter = pluginOf(cluster, plugin).prepareFilter?.(cycleOf(cluster, one));
      if (filter === undefined || 'code' in filter) return;
      const view = cluster.table.get(first?.node.metadata.name ?? '') as NodeView; // of the cluster
      const left = view.pods.get(leaving?.metadata.uid ?? '');
      if (left === undefined || first === undefined) throw new Error('the pod is on the node');
      const before = ask(filter, viewsOf(cluster, nodes));
      cluster.table.removePod(view, left.uid);
      filter.podRemoved?.(left, view);
      const rest: World = [{ node: first.node, pods: staying }, ...others];
      expect(ask(filter, viewsOf(cluster, nodes))).toEqual(rest.map(({ node }) => naiveFilter(rest, node, one)));
      cluster.table.addPod(view, left);
      filter.podAdded?.(left, view);
      expect(ask(filter, viewsOf(cluster, nodes))).toEqual(before);
    }), { numRuns: RUNS });
  });
});
