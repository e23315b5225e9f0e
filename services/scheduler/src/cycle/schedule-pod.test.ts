import fc from 'fast-check';
import type { coreV1 } from '@kubernode/api';
import { seededRng } from '@kubernode/base';
import { NodeTable, podView, type NodeView } from '../cache/node-table.ts';
import type { CycleInput } from '../framework/plugin.ts';
import { defaultPlugins } from '../plugins/index.ts';
import { findVictims } from '../preemption/find-victims.ts';
import { fitMessage, noPreemptionMessage } from './fit-message.ts';
import { schedulePod } from './schedule-pod.ts';

let uids = 0;

function node(name: string, { allocatable = { cpu: '4', memory: '8Gi', pods: '110' }, labels = {}, ...spec }: { allocatable?: Record<string, string>; labels?: Record<string, string> } & Partial<coreV1.NodeSpec> = {}): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec, status: { allocatable } };
}

function pod(requests: Record<string, string> = {}, { labels = {}, ...spec }: { labels?: Record<string, string> } & Partial<coreV1.PodSpec> = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: `uid-${uids++}`, labels }, spec: { containers: [{ name: 'main', image: 'i', resources: { requests } }], ...spec } };
}

function cluster(nodes: readonly [coreV1.Node, ...coreV1.Pod[]][]): NodeTable {
  const table = new NodeTable();
  for (const [one, ...pods] of nodes) {
    const view = table.setNode(one);
    for (const placed of pods) table.addPod(view, podView(placed));
  }
  return table;
}

function place(table: NodeTable, subject: coreV1.Pod): string {
  const input: CycleInput = { subject: podView(subject), table, namespaceLabels: () => ({}) };
  const decision = schedulePod(input, { plugins: defaultPlugins, startIndex: 0, rng: seededRng(1) });
  if (decision.node !== undefined) return decision.node.name;
  const { node: freed, victims, why } = findVictims(input, { refusals: decision.refusals, plugins: defaultPlugins, budgetsOf: () => [] });
  if (freed !== undefined) return `evict ${victims.length} on ${freed.name}`;
  return fitMessage(table.nodes.length, decision.refusals, why ?? noPreemptionMessage(table.nodes.length, decision.refusals));
}

const anti = (app: string): Partial<coreV1.PodSpec> => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } }] } } });
const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };

describe('schedulePod', () => {
  test.each<[string, NodeTable, coreV1.Pod, string]>([
    ['more than any node has', cluster([[node('a')], [node('b')]]), pod({ cpu: '5' }), '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'],
    ['more than is left', cluster([[node('a'), pod({ cpu: '3' })]]), pod({ cpu: '2' }), '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'],
    ['no nodes at all', cluster([]), pod(), 'no nodes available to schedule pods'],
    ['never to preempt', cluster([[node('a'), pod({ cpu: '3' })]]), pod({ cpu: '2' }, { preemptionPolicy: 'Never' }), '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.'],
    ['less important pods in the way', cluster([[node('a'), pod({ cpu: '3' }, { priority: 5 })], [node('b'), pod({ cpu: '2' }, { priority: 1 }), pod({ cpu: '1' }, { priority: 1 })]]), pod({ cpu: '3' }, { priority: 10 }), 'evict 1 on b'],
    ['the emptier node', cluster([[node('a'), pod({ cpu: '1' })], [node('b')]]), pod({ cpu: '1' }), 'b'],
    ['cordoned nodes', cluster([[node('a', { unschedulable: true })], [node('b')]]), pod(), 'b'],
    ['taints', cluster([[node('a', { taints: [taint] })], [node('b')]]), pod(), 'b'],
    ['a tolerated taint', cluster([[node('a', { taints: [taint] })]]), pod({}, { tolerations: [{ key: 'k', operator: 'Exists' }] }), 'a'],
    ['a node selector', cluster([[node('a')], [node('b', { labels: { z: '1' } })]]), pod({}, { nodeSelector: { z: '1' } }), 'b'],
    ['anti-affinity', cluster([[node('a'), pod({}, { labels: { app: 'x' } })], [node('b')]]), pod({}, anti('x')), 'b'],
    ['anti-affinity of pods that are there', cluster([[node('a'), pod({}, anti('x'))], [node('b')]]), pod({}, { labels: { app: 'x' } }), 'b'],
    ['a host port in use', cluster([[node('a'), pod({}, { containers: [{ name: 'm', image: 'i', ports: [{ containerPort: 80, hostPort: 80 }] }] })], [node('b')]]), pod({}, { containers: [{ name: 'm', image: 'i', ports: [{ containerPort: 80, hostPort: 80, hostIP: '10.0.0.1' }] }] }), 'b'],
  ])('%s', (_name, table, subject, want) => { expect(place(table, subject)).toBe(want); });

  test('fits a pod exactly where a plain sum of requests does', () => {
    const milli = fc.integer({ min: 0, max: 3000 });
    fc.assert(fc.property(fc.array(fc.array(milli, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), milli, (used, wanted) => {
      const table = cluster(used.map((amounts, i) => [node(`n${i}`), ...amounts.map((cpu) => pod({ cpu: `${cpu}m` }))]));
      const fitting = used.flatMap((amounts, i) => (amounts.reduce((a, b) => a + b, 0) + wanted <= 4000 || wanted === 0 ? [`n${i}`] : []));
      const chosen = place(table, pod({ cpu: `${wanted}m` }));
      expect(fitting.length === 0 ? chosen.startsWith('0/') : fitting.includes(chosen)).toBe(true);
    }));
  });

  test('pods that come and go leave no trace in the columns', () => {
    const table = cluster([[node('a')]]);
    const view = table.get('a') as NodeView; // just set
    const pods = [pod({ cpu: '1' }), pod({ cpu: '250m', memory: '1Gi' })].map(podView);
    for (const one of pods) table.addPod(view, one);
    table.addPod(view, pods[0] as (typeof pods)[number]); // there are two
    expect([table.column('cpu')?.requested[view.row], table.column('pods')?.requested[view.row]]).toEqual([1250, 2]);
    for (const one of pods) table.removePod(view, one.pod.metadata.uid ?? '');
    expect([table.column('cpu')?.requested[view.row], table.column('memory')?.requested[view.row], table.scoringCpu[view.row]]).toEqual([0, 0, 0]);
  });
});
