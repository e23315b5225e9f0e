import type { coreV1 } from '@kubernode/api';
import fc from 'fast-check';
import { ClusterCache } from '../cache/cluster-cache.ts';
import type { NodeTable } from '../cache/node-table.ts';
import { podInfo } from '../cache/pod-info.ts';
import type { Cycle } from '../framework/plugin.ts';
import { Nominator } from '../queue/nominator.ts';
import { ask, clusterOf, scoresOf, verdictsOf, type World } from '../test-support/ask-plugins.ts';
import { TestCluster, testNode, testPod } from '../test-support/test-cluster.ts';
import { prepareFilters } from './run-filters.ts';
import { scoreNodes } from './score-nodes.ts';

// Decisions as a whole, and the cluster as it is kept step by step.

/** Generated clusters a property; TWIN_RUNS for more. */
const RUNS = Number(process.env['TWIN_RUNS'] ?? 150);

const app = fc.constantFrom('a', 'b');
const key = fc.constantFrom('zone', 'kubernetes.io/hostname');
const term = fc.record({ topologyKey: key, labelSelector: app.map((one) => ({ matchLabels: { app: one } })) });
const rules = fc.option(fc.record({ requiredDuringSchedulingIgnoredDuringExecution: fc.array(term, { maxLength: 1 }), preferredDuringSchedulingIgnoredDuringExecution: fc.array(fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term }), { maxLength: 1 }) }), { nil: undefined });
const spread = fc.record({ topologyKey: key, maxSkew: fc.integer({ min: 1, max: 2 }), whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'), labelSelector: app.map((one) => ({ matchLabels: { app: one } })) });
const parts = fc.record({ app, cpu: fc.integer({ min: 0, max: 2500 }), podAffinity: rules, podAntiAffinity: rules, spreads: fc.array(spread, { maxLength: 1 }), port: fc.constantFrom(undefined, undefined, 80), ssd: fc.boolean(), tolerates: fc.boolean() });
const pod = parts.map(({ app: name, cpu, podAffinity, podAntiAffinity, spreads, port, ssd, tolerates }) => testPod({
  labels: { app: name }, topologySpreadConstraints: spreads, affinity: { ...(podAffinity && { podAffinity }), ...(podAntiAffinity && { podAntiAffinity }) }, ...(ssd && { nodeSelector: { disk: 'ssd' } }), ...(tolerates && { tolerations: [{ operator: 'Exists' }] }),
  containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: `${cpu}m`, memory: `${cpu}Mi` } }, ...(port !== undefined && { ports: [{ containerPort: 1, hostPort: port }] }) }],
}));
const nodeParts = fc.record({ zone: fc.constantFrom('x', 'y', undefined), disk: fc.constantFrom('ssd', undefined), tainted: fc.constantFrom(undefined, undefined, 'NoSchedule', 'PreferNoSchedule'), image: fc.boolean() });
const nodeOf = (name: string, { zone, disk, tainted, image }: { zone: string | undefined; disk: string | undefined; tainted: string | undefined; image: boolean }): coreV1.Node => testNode(name, { labels: { ...(zone && { zone }), ...(disk && { disk }) }, ...(tainted && { taints: [{ key: 'k', effect: tainted }] }), images: image ? { 'i:latest': 900e6 } : {} });
const world = fc.array(fc.tuple(nodeParts, fc.array(pod, { maxLength: 3 })), { minLength: 1, maxLength: 6 }).map((all): World => all.map(([one, pods], i) => ({ node: nodeOf(`n${i}`, one), pods })));

describe('a decision', () => {
  test('is one of the best of the nodes that every filter lets through', () => {
    fc.assert(fc.property(world, pod, (nodes, one) => {
      const cluster = clusterOf(nodes);
      const { filter, score } = cluster.profile.plugins;
      const refusals = filter.map((plugin) => verdictsOf(cluster, nodes, { plugin, pod: one }));
      const open = nodes.filter((_node, i) => refusals.every((all) => all[i] === undefined));
      const totals = open.map(() => 0);
      for (const plugin of score) { const weight = cluster.profile.weights.get(plugin.name) ?? 1; for (const [i, points] of scoresOf(cluster, open, { plugin, pod: one }).entries()) totals[i] = (totals[i] ?? 0) + weight * points; }
      const best = open.filter((_node, i) => totals[i] === Math.max(...totals)).map(({ node }) => node.metadata.name);
      const { node } = cluster.decide(one);
      if (best.length === 0) expect(node).toBeUndefined();
      else expect(best).toContain(node?.name);
    }), { numRuns: RUNS });
  });

  test('is the same for the same seed', () => {
    fc.assert(fc.property(world, fc.array(pod, { minLength: 1, maxLength: 4 }), fc.integer(), (nodes, pods, seed) => {
      const decide = (cluster: TestCluster): string[] => pods.map((one) => { const { node } = cluster.decide(one); if (node !== undefined) cluster.table.addPod(node, podInfo(one)); return node?.name ?? ''; });
      expect(decide(clusterOf(nodes, { seed }))).toEqual(decide(clusterOf(nodes, { seed })));
    }), { numRuns: RUNS / 2 });
  });
});

type Step = { do: 'node'; name: string; node: coreV1.Node } | { do: 'noNode'; name: string } | { do: 'place' | 'assume' | 'gone' | 'forget'; pod: number; on: string } | { do: 'look'; pod: number };
const names = fc.constantFrom('n0', 'n1', 'n2');
const step = (pods: number): fc.Arbitrary<Step> => fc.oneof(
  fc.tuple(names, nodeParts).map(([name, one]): Step => ({ do: 'node', name, node: nodeOf(name, one) })), names.map((name): Step => ({ do: 'noNode', name })),
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('place' as const, 'assume' as const, 'gone' as const, 'forget' as const), pod: fc.nat(pods - 1), on: names }) }, fc.record({ do: fc.constant('look' as const), pod: fc.nat(pods - 1) }),
);

/** All that decisions read of a table, by the name of the node. */
function picture(table: NodeTable, subjects: readonly coreV1.Pod[], { profile }: TestCluster): unknown {
  const views = [...table.nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = views.map(({ name, row, pods, portUsers }) => ({ name, pods: [...pods.keys()].sort(), ports: [...portUsers].map(({ uid }) => uid).sort(), used: ['cpu', 'memory', 'pods'].map((resource) => [table.column(resource)?.allocatable[row] ?? 0, table.column(resource)?.requested[row] ?? 0]), scoring: [table.scoringCpu[row], table.scoringMemory[row]] }));
  const asked = subjects.map((subject) => {
    const cycle: Cycle = { subject: podInfo(subject), table, nowMs: 0 };
    const { filters } = prepareFilters(cycle, profile, { nominations: new Nominator() });
    return { told: ask({ check: (view) => filters.fits(view)?.verdict }, views), scores: views.length === 0 ? [] : [...scoreNodes(cycle, views, profile)] };
  });
  return { rows, asked };
}

test('what is kept step by step is what a fresh look at the cluster shows', () => {
  const worlds = fc.array(pod, { minLength: 2, maxLength: 6 }).chain((pods) => fc.tuple(fc.constant(pods), fc.array(step(pods.length), { minLength: 5, maxLength: 30 })));
  fc.assert(fc.property(worlds, ([pods, steps]) => {
    const kept = new ClusterCache();
    const cluster = new TestCluster([]);
    const nodes = new Map<string, coreV1.Node>();
    const places = new Map<coreV1.Pod, { on: string; assumed: boolean }>();
    for (const one of steps) {
      if (one.do === 'node') { nodes.set(one.name, one.node); kept.setNode(one.node); continue; }
      if (one.do === 'noNode') { nodes.delete(one.name); kept.removeNode(one.name); continue; }
      const subject = pods[one.pod] as coreV1.Pod; // within length
      const uid = subject.metadata.uid ?? '';
      const view = 'on' in one ? kept.table.get(one.on) : undefined;
      switch (one.do) {
        case 'look': if (kept.table.nodes.length > 0) picture(kept.table, [subject], cluster); break; // counts are kept from here on
        case 'place': places.set(subject, { on: one.on, assumed: false }); kept.setPod({ ...subject, spec: { ...subject.spec, nodeName: one.on } as coreV1.PodSpec }); break; // the spec is that of a pod
        case 'assume': if (view !== undefined && !places.has(subject)) { places.set(subject, { on: one.on, assumed: true }); kept.assume(podInfo(subject), view); } break;
        case 'gone': places.delete(subject); kept.removePod(uid); break;
        case 'forget': if (places.get(subject)?.assumed === true) places.delete(subject); kept.forget(uid); break;
      }
    }
    const fresh = new ClusterCache();
    for (const node of nodes.values()) fresh.setNode(node);
    for (const [subject, { on }] of places) fresh.setPod({ ...subject, spec: { ...subject.spec, nodeName: on } as coreV1.PodSpec }); // the spec is that of a pod
    expect(picture(kept.table, pods, cluster)).toEqual(picture(fresh.table, pods, cluster));
  }), { numRuns: RUNS });
});
