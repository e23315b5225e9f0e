import { policyV1Resources, type coreV1, type ResourceRef } from '@kubernode/api';
import { createFakeClient, type FakeClient } from '@kubernode/testing';
import { podInfo } from '../cache/pod-info.ts';
import { TestCluster, testNode as node, testPod } from '../test-support/test-cluster.ts';
import { candidatesWanted } from './find-candidates.ts';

const pod = (name: string, cpu: string, more: Parameters<typeof testPod>[0] = {}): coreV1.Pod => testPod({ name, requests: { cpu }, ...more });
const since = (startTime: string): { status: coreV1.PodStatus } => ({ status: { startTime: `2026-01-01T${startTime}:00Z` } });
const budget = (app: string, disruptionsAllowed: number): readonly [ResourceRef, object] => [policyV1Resources.poddisruptionbudgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: app, namespace: 'ns' }, spec: { selector: { matchLabels: { app } } }, status: { disruptionsAllowed } }];
const protectedBy = (app: string): { labels: Record<string, string> } => ({ labels: { app } });

interface World { cluster: TestCluster; client: FakeClient }

function world(nodes: readonly (readonly [coreV1.Node, ...coreV1.Pod[]])[], objects: readonly (readonly [ResourceRef, object])[] = []): World {
  const client = createFakeClient(nodes.flatMap(([, ...pods]) => pods));
  return { client, cluster: new TestCluster(nodes, { objects, client }) };
}

/** Decides, and names who was evicted, in that order. */
async function evicted({ cluster, client }: World, subject: coreV1.Pod): Promise<string> {
  const place = cluster.place(subject);
  for (const work of cluster.background) await work(new AbortController().signal);
  return `${place}: ${client.writes.filter(({ verb }) => verb === 'delete').map(({ key }) => key.slice(3)).join(' ')}`;
}

describe('preemption', () => {
  test.each<[string, (readonly [coreV1.Node, ...coreV1.Pod[]])[], (readonly [ResourceRef, object])[], string]>([
    ['takes only who has to go', [[node('a'), pod('p', '2', { priority: 1 }), pod('q', '1', { priority: 1 })]], [], 'nominated a: p'],
    ['spares the older', [[node('a'), pod('old', '1', { priority: 1, ...since('01:00') }), pod('new', '1', { priority: 1, ...since('02:00') })]], [], 'nominated a: new'],
    ['spares the more important', [[node('a'), pod('more', '1', { priority: 5 }), pod('less', '1', { priority: 1 })]], [], 'nominated a: less'],
    ['never takes equals', [[node('a'), pod('p', '4', { priority: 10 })]], [], '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.: '],
    ['heeds budgets on a node', [[node('a'), pod('kept', '1', { priority: 1, ...protectedBy('x') }), pod('free', '1', { priority: 1, ...since('01:00') })]], [budget('x', 0)], 'nominated a: free'],
    ['goes where no budget is broken', [[node('a'), pod('kept', '4', { priority: 1, ...protectedBy('x') })], [node('b'), pod('free', '4', { priority: 5 })]], [budget('x', 0)], 'nominated b: free'],
    ['goes where victims matter least', [[node('a'), pod('p', '4', { priority: 5 })], [node('b'), pod('q', '4', { priority: 1 })]], [], 'nominated b: q'],
    ['goes where victims are few', [[node('a'), pod('p', '2', { priority: 1 }), pod('q', '2', { priority: 1 })], [node('b'), pod('r', '4', { priority: 1 })]], [], 'nominated b: r'],
    ['goes where victims are young', [[node('a'), pod('old', '4', { priority: 1, ...since('01:00') })], [node('b'), pod('new', '4', { priority: 1, ...since('02:00') })]], [], 'nominated b: new'],
    ['does not go where it does not help', [[node('a', { unschedulable: true }), pod('p', '4', { priority: 1 })], [node('b'), pod('q', '4', { priority: 5 })]], [], 'nominated b: q'],
  ])('%s', async (_name, nodes, objects, want) => { expect(await evicted(world(nodes, objects), pod('high', '3', { priority: 10 }))).toBe(want); });

  test('leaves the table as it found it', () => {
    const { cluster } = world([[node('a'), pod('p', '2', { priority: 1 }), pod('q', '2', { priority: 1 })]]);
    cluster.place(pod('high', '3', { priority: 10 }));
    expect([cluster.table.get('a')?.pods.size, cluster.table.column('cpu')?.requested[0]]).toEqual([2, 4000]);
  });

  test('takes the promise of less important pods for that node back', async () => {
    const lower = pod('lower', '1', { priority: 5, status: { nominatedNodeName: 'a' } });
    const one = world([[node('a'), pod('p', '4', { priority: 1 })]]);
    one.client.put(lower);
    one.cluster.nominator.set(podInfo(lower), 'a');
    await evicted(one, pod('high', '4', { priority: 10 }));
    expect(one.client.writes.find(({ key }) => key === 'ns/lower')?.body).toMatchObject({ status: { nominatedNodeName: null } });
  });

  test.each([[5, 5], [500, 100], [5000, 500]])('of %i nodes %i candidates are enough', (nodes, want) => {
    expect(candidatesWanted(nodes, { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 })).toBe(want);
  });
});
