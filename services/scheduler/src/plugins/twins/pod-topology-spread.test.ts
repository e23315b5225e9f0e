import type { coreV1 } from '@kubernode/api';
import fc from 'fast-check';
import type { NodeView } from '../../cache/node-table.ts';
import { ask, clusterOf, cycleOf, pluginOf, scoresOf, verdictsOf, viewsOf, type Placed, type World } from '../../test-support/ask-plugins.ts';
import { testNode, testPod } from '../../test-support/test-cluster.ts';

// Spreading against a twin that counts all pods of all nodes anew for every node it is asked about.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const HOST = 'kubernetes.io/hostname';
const app = fc.constantFrom('a', 'b');
const policy = fc.constantFrom('Honor', 'Ignore');
const selector: fc.Arbitrary<coreV1.TopologySpreadConstraint['labelSelector']> = fc.oneof(
  { weight: 6, arbitrary: app.map((one) => ({ matchLabels: { app: one } })) },
  fc.constant({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }), fc.constant({}), fc.constant(undefined),
) as fc.Arbitrary<coreV1.TopologySpreadConstraint['labelSelector']>; // operators are texts
const constraint = fc.record({
  topologyKey: fc.constantFrom('zone', 'rack', HOST), maxSkew: fc.integer({ min: 1, max: 3 }), whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'), labelSelector: selector,
  minDomains: fc.integer({ min: 1, max: 3 }), matchLabelKeys: fc.constantFrom('revision', 'absent').map((one) => [one]), nodeAffinityPolicy: policy, nodeTaintsPolicy: policy,
}, { requiredKeys: ['topologyKey', 'maxSkew', 'whenUnsatisfiable', 'labelSelector'] }).map(({ labelSelector, minDomains, ...one }) => ({ ...one, ...(labelSelector && { labelSelector }), ...(one.whenUnsatisfiable === 'DoNotSchedule' && minDomains !== undefined && { minDomains }) }) as coreV1.TopologySpreadConstraint); // absent selectors stay absent
const pod = fc.record({
  app, revision: fc.constantFrom('1', '2'), namespace: fc.constantFrom('ns', 'ns', 'other'), going: fc.boolean(), constraints: fc.uniqueArray(constraint, { maxLength: 2, selector: ({ topologyKey, whenUnsatisfiable }) => `${topologyKey}${whenUnsatisfiable}` }),
  nodeSelector: fc.constantFrom({}, {}, { disk: 'ssd' }), tolerates: fc.boolean(),
}).map(({ app: name, revision, namespace, going, constraints, nodeSelector, tolerates }) => {
  const one = testPod({ namespace, labels: { app: name, revision }, topologySpreadConstraints: constraints, nodeSelector, ...(tolerates && { tolerations: [{ operator: 'Exists' }] }) });
  return going ? { ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } : one;
});
const world = fc.array(fc.record({ zone: fc.constantFrom('x', 'y'), rack: fc.constantFrom('r', 's', 't'), disk: fc.constant('ssd'), host: fc.boolean(), tainted: fc.boolean(), pods: fc.array(pod, { maxLength: 4 }) }, { requiredKeys: ['zone', 'pods'] }), { minLength: 1, maxLength: 6 })
  .map((all): World => all.map(({ zone, rack, disk, host = true, tainted = false, pods }, i) => {
    const node = testNode(`n${i}`, { labels: { zone, ...(rack && { rack }), ...(disk && { disk }) }, ...(tainted && { taints: [{ key: 'k', effect: 'NoSchedule' }] }) });
    if (!host) delete node.metadata.labels?.[HOST];
    return { node, pods };
  }));

const labelOf = ({ metadata }: coreV1.Node, key: string): string | undefined => metadata.labels?.[key];
const constraintsOf = ({ spec }: coreV1.Pod, kind: string): coreV1.TopologySpreadConstraint[] => (spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === kind);
const hasAll = (node: coreV1.Node, all: readonly coreV1.TopologySpreadConstraint[]): boolean => all.every(({ topologyKey }) => labelOf(node, topologyKey) !== undefined);

function selects({ labelSelector, matchLabelKeys = [] }: coreV1.TopologySpreadConstraint, { metadata: { labels = {} } }: coreV1.Pod, subject: coreV1.Pod): boolean {
  if (labelSelector === undefined) return false;
  const bySelector = Object.entries(labelSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) && (labelSelector.matchExpressions ?? []).every(({ key }) => labels[key] !== undefined);
  return bySelector && matchLabelKeys.every((key) => subject.metadata.labels?.[key] === undefined || labels[key] === subject.metadata.labels[key]);
}

/** A selector of everything, which no key narrows, counts nothing in Kubernetes. */
function countsNothing({ labelSelector, matchLabelKeys = [] }: coreV1.TopologySpreadConstraint, subject: coreV1.Pod): boolean {
  return labelSelector !== undefined && Object.keys(labelSelector).length === 0 && !matchLabelKeys.some((key) => subject.metadata.labels?.[key] !== undefined);
}

function counted(one: coreV1.TopologySpreadConstraint, pods: readonly coreV1.Pod[], subject: coreV1.Pod): number {
  if (countsNothing(one, subject)) return 0;
  return pods.filter((other) => other.metadata.namespace === subject.metadata.namespace && other.metadata.deletionTimestamp === undefined && selects(one, other, subject)).length;
}

function included({ nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: coreV1.TopologySpreadConstraint, node: coreV1.Node, { spec }: coreV1.Pod): boolean {
  if (nodeAffinityPolicy === 'Honor' && spec?.nodeSelector?.['disk'] !== undefined && labelOf(node, 'disk') !== 'ssd') return false;
  return nodeTaintsPolicy === 'Ignore' || node.spec?.taints === undefined || spec?.tolerations !== undefined;
}

function naiveFilter(nodes: World, node: coreV1.Node, subject: coreV1.Pod): string | undefined {
  const hard = constraintsOf(subject, 'DoNotSchedule');
  for (const one of hard) {
    const value = labelOf(node, one.topologyKey);
    if (value === undefined) return "unresolvable: node(s) didn't match pod topology spread constraints (missing required label)";
    const eligible = nodes.filter((there) => hasAll(there.node, hard) && included(one, there.node, subject));
    const inDomain = (of: string | undefined): number => counted(one, eligible.filter((there) => labelOf(there.node, one.topologyKey) === of).flatMap(({ pods }) => pods), subject);
    const domains = new Set(eligible.map((there) => labelOf(there.node, one.topologyKey)));
    const least = domains.size < (one.minDomains ?? 1) ? 0 : Math.min(...[...domains].map(inDomain));
    if (inDomain(value) + (selects(one, subject, subject) ? 1 : 0) - least > one.maxSkew) return "unschedulable: node(s) didn't match pod topology spread constraints";
  }
  return undefined;
}

function naiveScores(nodes: World, subject: coreV1.Pod): number[] {
  const soft = constraintsOf(subject, 'ScheduleAnyway');
  if (soft.length === 0) return nodes.map(() => 0);
  const usable = nodes.filter(({ node }) => hasAll(node, soft));
  const score = ({ node, pods }: Placed): number => Math.round(soft.reduce((sum, one) => {
    const same = usable.filter((there) => included(one, there.node, subject) && labelOf(there.node, one.topologyKey) === labelOf(node, one.topologyKey));
    const count = one.topologyKey === HOST ? counted(one, pods, subject) : counted(one, same.flatMap((there) => there.pods), subject);
    const domains = one.topologyKey === HOST ? usable.length : new Set(usable.map((there) => labelOf(there.node, one.topologyKey))).size;
    return sum + (count * Math.log(domains + 2) + (one.maxSkew - 1));
  }, 0));
  const raw = new Map(usable.map((one) => [one, score(one)]));
  const [least, most] = [Math.min(...raw.values()), Math.max(0, ...raw.values())];
  return nodes.map((one) => { const own = raw.get(one); return own === undefined ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - own)) / most); });
}

const plugin = 'PodTopologySpread';

describe(plugin, () => {
  test('filter', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => { expect(verdictsOf(clusterOf(nodes), nodes, { plugin, pod: one })).toEqual(nodes.map(({ node }) => naiveFilter(nodes, node, one))); }), { numRuns: RUNS * 2 });
  });

  test('score', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => { expect(scoresOf(clusterOf(nodes), nodes, { plugin, pod: one })).toEqual(naiveScores(nodes, one)); }), { numRuns: RUNS * 2 });
  });

  test('filter if a pod were gone, and when it is back', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const [first, ...others] = nodes;
      const [leaving, ...staying] = first?.pods ?? [];
      fc.pre(first !== undefined && leaving !== undefined && leaving.metadata.deletionTimestamp === undefined && !constraintsOf(one, 'DoNotSchedule').some((each) => countsNothing(each, one))); // as in Kubernetes, what was not counted is subtracted nevertheless
      const cluster = clusterOf(nodes);
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
