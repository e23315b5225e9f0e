import fc from 'fast-check';
import type { coreV1 } from '@kubernode/api';
import { podInfo } from '../cache/pod-info.ts';
import type { NodeTable, NodeView } from '../cache/node-table.ts';
import type { Cycle, Plugin } from '../framework/plugin.ts';
import { TestCluster, testNode, testPod } from '../test-support/test-cluster.ts';

// Filters and scores against twins that look at every pod of every node and keep nothing, for generated clusters and pods.

/** Of each property; with shrinking and chance, clusters differ from run to run. */
const RUNS = 120;

type Placed = readonly { node: coreV1.Node; pods: readonly coreV1.Pod[] }[];

const APPS = ['a', 'b'];
const ZONES = ['x', 'y', undefined];
const app = fc.constantFrom(...APPS);
const key = fc.constantFrom('zone', 'kubernetes.io/hostname');
const term = fc.record({ topologyKey: key, labelSelector: app.map((one) => ({ matchLabels: { app: one } })) });
const weighted = fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term });
const terms = fc.record({ requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 2 }), preferredDuringSchedulingIgnoredDuringExecution: fc.array(weighted, { maxLength: 2 }) });
const spread = fc.record({ topologyKey: key, maxSkew: fc.integer({ min: 1, max: 3 }), whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'), labelSelector: app.map((one) => ({ matchLabels: { app: one } })) }, { requiredKeys: ['topologyKey', 'maxSkew', 'whenUnsatisfiable', 'labelSelector'] });
const podParts = fc.record({ app, cpu: fc.integer({ min: 0, max: 2000 }), memory: fc.integer({ min: 0, max: 4000 }), podAffinity: fc.option(terms, { nil: undefined }), podAntiAffinity: fc.option(terms, { nil: undefined }), spreads: fc.array(spread, { maxLength: 2 }), going: fc.boolean() });
const onePod = podParts.map(({ app: name, cpu, memory, podAffinity, podAntiAffinity, spreads, going }) => {
  const pod = testPod({ labels: { app: name }, requests: { cpu: `${cpu}m`, memory: `${memory}Mi` }, topologySpreadConstraints: spreads, affinity: { ...(podAffinity && { podAffinity }), ...(podAntiAffinity && { podAntiAffinity }) } });
  return going ? { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } } : pod;
});
const cluster = fc.array(fc.record({ zone: fc.constantFrom(...ZONES), pods: fc.array(onePod, { maxLength: 4 }) }), { minLength: 1, maxLength: 6 })
  .map((all): Placed => all.map(({ zone, pods }, i) => ({ node: testNode(`n${i}`, { labels: { ...(zone !== undefined && { zone }) } }), pods })));

const labelOf = ({ metadata }: coreV1.Node, name: string): string | undefined => metadata.labels?.[name];
const selects = (one: { labelSelector?: { matchLabels?: Record<string, string> } }, { metadata }: coreV1.Pod): boolean => metadata.labels?.['app'] === one.labelSelector?.matchLabels?.['app'];
const isGoing = ({ metadata }: coreV1.Pod): boolean => metadata.deletionTimestamp !== undefined;
const required = (pod: coreV1.Pod, kind: 'podAffinity' | 'podAntiAffinity'): coreV1.PodAffinityTerm[] => pod.spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferred = (pod: coreV1.Pod, kind: 'podAffinity' | 'podAntiAffinity'): coreV1.WeightedPodAffinityTerm[] => pod.spec?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** All pods in the node's domain of the key, with their nodes. */
function domain(world: Placed, node: coreV1.Node, name: string): coreV1.Pod[] {
  const value = labelOf(node, name);
  return value === undefined ? [] : world.filter((one) => labelOf(one.node, name) === value).flatMap(({ pods }) => pods);
}

function naiveAffinity(world: Placed, node: coreV1.Node, pod: coreV1.Pod): string | undefined {
  const together = required(pod, 'podAffinity');
  const meetsAll = (other: coreV1.Pod): boolean => together.every((one) => selects(one, other));
  if (together.some(({ topologyKey }) => labelOf(node, topologyKey) === undefined)) return 'affinity';
  const lonely = !world.some((one) => one.pods.some(meetsAll) && together.some(({ topologyKey }) => labelOf(one.node, topologyKey) !== undefined));
  const joined = together.every(({ topologyKey }) => domain(world, node, topologyKey).some(meetsAll));
  if (together.length > 0 && !joined && !(lonely && meetsAll(pod))) return 'affinity';
  if (required(pod, 'podAntiAffinity').some((one) => domain(world, node, one.topologyKey).some((other) => selects(one, other)))) return 'anti';
  const unwanted = world.some((there) => there.pods.some((other) => required(other, 'podAntiAffinity').some((one) => selects(one, pod) && labelOf(there.node, one.topologyKey) !== undefined && labelOf(there.node, one.topologyKey) === labelOf(node, one.topologyKey))));
  return unwanted ? 'existing' : undefined;
}

function naiveAffinityScore(world: Placed, node: coreV1.Node, pod: coreV1.Pod): number {
  let score = 0;
  const shares = (there: coreV1.Node, name: string): boolean => labelOf(there, name) !== undefined && labelOf(there, name) === labelOf(node, name);
  for (const there of world) {
    for (const other of there.pods) {
      for (const [kind, sign] of [['podAffinity', 1], ['podAntiAffinity', -1]] as const) {
        for (const { weight, podAffinityTerm: one } of preferred(pod, kind)) if (selects(one, other) && shares(there.node, one.topologyKey)) score += sign * weight;
        for (const { weight, podAffinityTerm: one } of preferred(other, kind)) if (selects(one, pod) && shares(there.node, one.topologyKey)) score += sign * weight;
      }
      for (const one of required(other, 'podAffinity')) if (selects(one, pod) && shares(there.node, one.topologyKey)) score += 1;
    }
  }
  return score;
}

function naiveSpread(world: Placed, node: coreV1.Node, pod: coreV1.Pod): string | undefined {
  const hard = (pod.spec?.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const counted = world.filter((one) => hard.every(({ topologyKey }) => labelOf(one.node, topologyKey) !== undefined));
  for (const one of hard) {
    const value = labelOf(node, one.topologyKey);
    if (value === undefined) return 'unlabelled';
    const matching = (of: string | undefined): number => counted.filter((there) => labelOf(there.node, one.topologyKey) === of).flatMap(({ pods }) => pods).filter((other) => !isGoing(other) && selects(one, other)).length;
    const least = Math.min(...counted.map((there) => matching(labelOf(there.node, one.topologyKey))));
    const here = counted.some((there) => labelOf(there.node, one.topologyKey) === value) ? matching(value) : 0;
    if (here + (selects(one, pod) ? 1 : 0) - least > one.maxSkew) return 'skewed';
  }
  return undefined;
}

function naiveFit({ pods, node }: Placed[number], pod: coreV1.Pod): boolean {
  const of = (one: coreV1.Pod, resource: string): number => Number((one.spec?.containers[0]?.resources?.requests?.[resource] ?? '0').replace(/m$|Mi$/, ''));
  const sum = (resource: string): number => pods.reduce((total, one) => total + of(one, resource), 0);
  const fits = (resource: string, total: number): boolean => of(pod, resource) === 0 || sum(resource) + of(pod, resource) <= total;
  return node.metadata.name !== '' && fits('cpu', 4000) && fits('memory', 8192);
}

const REASONS: Readonly<Record<string, string>> = {
  "node(s) didn't match pod affinity rules": 'affinity', "node(s) didn't match pod anti-affinity rules": 'anti', "node(s) didn't satisfy existing pods anti-affinity rules": 'existing',
  "node(s) didn't match pod topology spread constraints (missing required label)": 'unlabelled', "node(s) didn't match pod topology spread constraints": 'skewed',
};

function build(world: Placed): TestCluster { return new TestCluster(world.map(({ node, pods }) => [node, ...pods] as const)); }
function pluginOf({ profile }: TestCluster, name: string): Plugin { return profile.all.find((one) => one.name === name) as Plugin; }
function views(table: NodeTable, world: Placed): NodeView[] { return world.map(({ node }) => table.get(node.metadata.name) as NodeView); }

function verdicts(testCluster: TestCluster, world: Placed, pod: coreV1.Pod, name: string): (string | undefined)[] {
  const cycle: Cycle = { subject: podInfo(pod), table: testCluster.table, nowMs: 0 };
  const filter = pluginOf(testCluster, name).prepareFilter?.(cycle);
  if (filter !== undefined && 'code' in filter) throw new Error('no pod as a whole is turned down here');
  return views(testCluster.table, world).map((view) => { const [reason] = filter?.check(view)?.reasons ?? []; return reason === undefined ? undefined : REASONS[reason] ?? reason; });
}

describe('filters and scores agree with naive twins', () => {
  test('InterPodAffinity filters', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => { expect(verdicts(build(world), world, pod, 'InterPodAffinity')).toEqual(world.map(({ node }) => naiveAffinity(world, node, pod))); }), { numRuns: RUNS });
  });

  test('InterPodAffinity scores', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => {
      const testCluster = build(world);
      const all = views(testCluster.table, world);
      const scorer = pluginOf(testCluster, 'InterPodAffinity').prepareScore?.({ subject: podInfo(pod), table: testCluster.table, nowMs: 0 }, all);
      expect(all.map((view) => scorer?.score(view) ?? 0)).toEqual(world.map(({ node }) => naiveAffinityScore(world, node, pod)));
    }), { numRuns: RUNS });
  });

  test('PodTopologySpread filters', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => { expect(verdicts(build(world), world, pod, 'PodTopologySpread')).toEqual(world.map(({ node }) => naiveSpread(world, node, pod))); }), { numRuns: RUNS });
  });

  test('NodeResourcesFit filters', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => { expect(verdicts(build(world), world, pod, 'NodeResourcesFit').map((one) => one === undefined)).toEqual(world.map((one) => naiveFit(one, pod))); }), { numRuns: RUNS });
  });

  test('counts that are kept are those of a cluster made anew, whatever came and went', () => {
    fc.assert(fc.property(cluster, cluster, onePod, (before, after, pod) => {
      const kept = build(before);
      for (const name of ['InterPodAffinity', 'PodTopologySpread']) verdicts(kept, before, pod, name); // the counts are asked for, and kept from here on
      for (const { node } of before) kept.table.removeNode(node.metadata.name);
      for (const { node, pods } of after) kept.add(node, ...pods);
      for (const name of ['InterPodAffinity', 'PodTopologySpread', 'NodeResourcesFit']) expect(verdicts(kept, after, pod, name)).toEqual(verdicts(build(after), after, pod, name));
    }), { numRuns: RUNS / 2 });
  });

  test('what if a pod were gone is what is when it is gone', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => {
      const [first, ...others] = world;
      const [leaving, ...staying] = first?.pods ?? [];
      if (first === undefined || leaving === undefined || isGoing(leaving)) return; // as in Kubernetes, one that is going was not counted, and yet its leaving is
      const testCluster = build(world);
      const cycle: Cycle = { subject: podInfo(pod), table: testCluster.table, nowMs: 0 };
      const view = testCluster.table.get(first.node.metadata.name) as NodeView;
      for (const name of ['InterPodAffinity', 'PodTopologySpread']) {
        const filter = pluginOf(testCluster, name).prepareFilter?.(cycle);
        if (filter === undefined || 'code' in filter) continue;
        const left = view.pods.get(leaving.metadata.uid ?? '');
        if (left === undefined) throw new Error('the pod is on the node');
        testCluster.table.removePod(view, left.uid);
        filter.podRemoved?.(left, view);
        const rest: Placed = [{ node: first.node, pods: staying }, ...others];
        const told = views(testCluster.table, world).map((one) => { const [reason] = filter.check(one)?.reasons ?? []; return reason === undefined ? undefined : REASONS[reason]; });
        expect(told).toEqual(verdicts(build(rest), rest, pod, name));
        testCluster.table.addPod(view, left);
        filter.podAdded?.(left, view);
        expect(views(testCluster.table, world).map((one) => filter.check(one) === undefined)).toEqual(verdicts(build(world), world, pod, name).map((one) => one === undefined));
      }
    }), { numRuns: RUNS / 2 });
  });

  test('the same seed decides the same', () => {
    fc.assert(fc.property(cluster, onePod, (world, pod) => { expect(build(world).place(pod)).toBe(build(world).place(pod)); }), { numRuns: RUNS / 4 });
  });
});
