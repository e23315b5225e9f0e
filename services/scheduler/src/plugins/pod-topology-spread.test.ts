import { selectorFromLabels } from '@kubernode/apimachinery';
import type { coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { NodeTable, podView } from '../cache/node-table.ts';
import { schedulePod } from '../cycle/schedule-pod.ts';
import { defaultPlugins } from './index.ts';

const labels = { app: 'web' };
let uids = 0;

function pod(spread: Partial<coreV1.TopologySpreadConstraint>[] = []): coreV1.Pod {
  const constraints = spread.map((one) => ({ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels }, ...one }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: `u${uids++}`, labels }, spec: { containers: [{ name: 'main', image: 'i' }], topologySpreadConstraints: constraints } };
}

/** Each node: name, zone ('' for none), how many pods like ours it has. */
function cluster(nodes: readonly [string, string, number][]): NodeTable {
  const table = new NodeTable();
  for (const [name, zone, pods] of nodes) {
    const view = table.setNode({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...(zone !== '' && { zone }) } }, spec: {}, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } });
    for (let i = 0; i < pods; i++) table.addPod(view, podView(pod()));
  }
  return table;
}

function place(table: NodeTable, subject: coreV1.Pod, seed = 1): string {
  const decision = schedulePod({ subject: podView(subject), table, namespaceLabels: () => ({}), workloadSelector: () => selectorFromLabels(labels) }, { plugins: defaultPlugins, startIndex: 0, rng: seededRng(seed) });
  if (decision.node !== undefined) return decision.node.name;
  return [...new Set([...decision.refusals.values()].flatMap(({ refusal }) => refusal.reasons))].join('; ');
}

test.each<[string, [string, string, number][], Partial<coreV1.TopologySpreadConstraint>[], string]>([
  ['the emptier zone', [['a', 'x', 1], ['b', 'x', 0], ['c', 'y', 0]], [{}], 'c'],
  ['no zone that would be ahead by more than maxSkew', [['a', 'x', 2]], [{ minDomains: 2 }], "node(s) didn't match pod topology spread constraints"],
  ['a skew within bounds', [['a', 'x', 2]], [{ minDomains: 2, maxSkew: 3 }], 'a'],
  ['no node without the label', [['a', '', 0]], [{}], "node(s) didn't match pod topology spread constraints (missing required label)"],
  ['the emptier zone when it is only a wish', [['a', 'x', 3], ['b', 'y', 1]], [{ whenUnsatisfiable: 'ScheduleAnyway' }], 'b'],
  ['the emptier host without any constraint', [['a', '', 2], ['b', '', 0]], [], 'b'],
])('PodTopologySpread takes %s', (_name, nodes, spread, want) => { expect(place(cluster(nodes), pod(spread))).toBe(want); });

test('equal nodes are chosen by chance', () => {
  const chosen = Array.from({ length: 40 }, (_none, seed) => place(cluster([['a', '', 0], ['b', '', 0], ['c', '', 0]]), pod(), seed));
  expect([...new Set(chosen)].sort()).toEqual(['a', 'b', 'c']);
});
