import type { coreV1, ResourceRef } from '@kubernode/api';
import { testNode, testPod, type PodParts } from '../test-support/test-cluster.ts';
import { judgePlacement, placementResources, type PlacementJudgement } from './judge-placement.ts';

function judge(pod: coreV1.Pod, nodes: readonly coreV1.Node[], placed: readonly (readonly [string, PodParts])[] = []): PlacementJudgement {
  const pods = [pod, ...placed.map(([nodeName, parts]) => { const one = testPod(parts); return { ...one, spec: { ...one.spec, nodeName } } as coreV1.Pod; })]; // with a node
  const objects: Readonly<Record<string, readonly object[]>> = { nodes, pods };
  return judgePlacement(pod, { objectsOf: ({ resource }: ResourceRef) => objects[resource] ?? [], nowMs: 0 });
}

describe('judgePlacement', () => {
  test('tells of every node what all plugins have against it', () => {
    const tainted = testNode('b', { allocatable: { cpu: '1', memory: '8Gi', pods: '110' }, taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] });
    const { nodes, outcome } = judge(testPod({ requests: { cpu: '3' }, nodeSelector: { disk: 'ssd' } }), [testNode('a'), tainted]);
    expect(nodes.map(({ node, objections }) => [node, objections.map(({ plugin }) => plugin).sort()])).toEqual([['a', ['NodeAffinity']], ['b', ['NodeAffinity', 'NodeResourcesFit', 'TaintToleration']]]);
    expect(nodes[1]?.objections.flatMap(({ reasons }) => reasons)).toEqual(expect.arrayContaining(['Insufficient cpu']));
    expect(outcome).toMatchObject({ message: expect.stringMatching(/^0\/2 nodes are available: /) });
  });

  test('counts pods that run, not those that are over', () => {
    const pod = testPod({ requests: { cpu: '3' } });
    expect(judge(pod, [testNode('a')], [['a', { requests: { cpu: '2' } }]]).nodes[0]?.objections).toMatchObject([{ plugin: 'NodeResourcesFit', reasons: ['Insufficient cpu'] }]);
    expect(judge(pod, [testNode('a')], [['a', { requests: { cpu: '2' }, status: { phase: 'Succeeded' } }]]).outcome).toEqual({ node: 'a' });
  });

  test('says where less important pods would have to go, and leaves them', () => {
    const placed = [['a', { requests: { cpu: '3' }, priority: 0 }]] as const;
    expect(judge(testPod({ requests: { cpu: '3' }, priority: 1000 }), [testNode('a')], placed).outcome).toMatchObject({ preemptsOn: 'a' });
    expect(judge(testPod({ requests: { cpu: '3' }, priority: 0 }), [testNode('a')], placed).outcome).toMatchObject({ preemptsOn: undefined });
  });

  test('gates keep a pod out, and other schedulers\' pods are not judged', () => {
    expect(judge(testPod({ schedulingGates: [{ name: 'example.com/wait' }] }), [testNode('a')]).gates).toMatchObject([{ plugin: 'SchedulingGates' }]);
    expect(judge(testPod({ schedulerName: 'other' }), [testNode('a')])).toMatchObject({ isOurs: false, schedulerName: 'other', nodes: [] });
  });
});

test('placementResources names what the plugins look at', () => {
  expect(placementResources().map(({ resource }) => resource)).toEqual(expect.arrayContaining(['nodes', 'pods', 'persistentvolumeclaims', 'persistentvolumes', 'storageclasses', 'namespaces', 'poddisruptionbudgets']));
});
