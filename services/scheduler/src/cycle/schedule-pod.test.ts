import type { coreV1 } from '@kubernode/api';
import { podInfo } from '../cache/pod-info.ts';
import { TestCluster, testNode as node, testPod as pod } from '../test-support/test-cluster.ts';

const anti = (app: string): Partial<coreV1.PodSpec> => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } }] } } });
const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
const cpu = (amount: string, more: Parameters<typeof pod>[0] = {}): coreV1.Pod => pod({ requests: { cpu: amount }, ...more });
const port = (hostPort: number, hostIP?: string): coreV1.Pod => pod({ containers: [{ name: 'm', image: 'i', ports: [{ containerPort: 80, hostPort, ...(hostIP !== undefined && { hostIP }) }] }] });

describe('schedulePod', () => {
  test.each<[string, [coreV1.Node, ...coreV1.Pod[]][], coreV1.Pod, string]>([
    ['more than any node has', [[node('a')], [node('b')]], cpu('5'), '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'],
    ['more than is left', [[node('a'), cpu('3')]], cpu('2'), '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.'],
    ['several reasons at once', [[node('a', { allocatable: { cpu: '1', memory: '1Gi', pods: '0' } })]], pod({ requests: { cpu: '2', memory: '2Gi' } }), '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'],
    ['no nodes at all', [], pod(), 'no nodes available to schedule pods'],
    ['never to preempt', [[node('a'), cpu('3')]], cpu('2', { preemptionPolicy: 'Never' }), '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.'],
    ['less important pods in the way', [[node('a'), cpu('3', { priority: 5 })], [node('b'), cpu('2', { priority: 1 }), cpu('1', { priority: 1 })]], cpu('3', { priority: 10 }), 'nominated b'],
    ['the emptier node', [[node('a'), cpu('1')], [node('b')]], cpu('1'), 'b'],
    ['a node that is cordoned', [[node('a', { unschedulable: true })], [node('b')]], pod(), 'b'],
    ['taints', [[node('a', { taints: [taint] })], [node('b')]], pod(), 'b'],
    ['a tolerated taint', [[node('a', { taints: [taint] })]], pod({ tolerations: [{ key: 'k', operator: 'Exists' }] }), 'a'],
    ['soft taints', [[node('a', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }), ], [node('b'), cpu('1')]], pod(), 'b'],
    ['a node selector', [[node('a')], [node('b', { labels: { z: '1' } })]], pod({ nodeSelector: { z: '1' } }), 'b'],
    ['anti-affinity', [[node('a'), pod({ labels: { app: 'x' } })], [node('b')]], pod(anti('x')), 'b'],
    ['anti-affinity of pods that are there', [[node('a'), pod(anti('x'))], [node('b')]], pod({ labels: { app: 'x' } }), 'b'],
    ['a host port in use', [[node('a'), port(80)], [node('b')]], port(80, '10.0.0.1'), 'b'],
    ['a host port on another address', [[node('a'), port(80, '10.0.0.2')]], port(80, '10.0.0.1'), 'a'],
    ['a node by name', [[node('a')], [node('b')]], pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }] } } } }), 'b'],
    ['a node by a name that none has', [[node('a')]], pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['z'] }] }] } } } }), "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."],
    ['contradicting names', [[node('a')]], pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }, { key: 'metadata.name', operator: 'In', values: ['b'] }] }] } } } }), '0/1 nodes are available: pod affinity terms conflict. not found'],
    ['an image that is there', [[node('a')], [node('b', { images: { 'i:latest': 2 ** 30 } })]], pod(), 'b'],
    ['features that a kubelet has to have', [[node('a')], [node('b', { declaredFeatures: ['UserNamespacesHostNetworkSupport'] })]], pod({ hostNetwork: true, hostUsers: false }), 'b'],
  ])('%s', (_name, nodes, subject, want) => {
    expect(new TestCluster(nodes).place(subject)).toBe(want);
  });

  test('a promised node is tried first, and kept from pods that matter less', () => {
    const cluster = new TestCluster([[node('a')], [node('b'), cpu('1')]]);
    const important = cpu('4', { priority: 10 });
    cluster.nominator.set(podInfo(important), 'a');
    expect(cluster.place(cpu('3', { priority: 1 }))).toBe('b');
    expect(cluster.place(cpu('4', { priority: 20 }))).toBe('a');
    expect(cluster.place({ ...cpu('1'), status: { nominatedNodeName: 'b' } })).toBe('b');
  });

  test('a large cluster is asked in part, from where the last attempt ended', () => {
    const cluster = new TestCluster(Array.from({ length: 1000 }, (_none, i) => [node(`n${i}`)] as [coreV1.Node]));
    const decision = cluster.decide(pod(), { startIndex: 990 });
    expect(decision.node !== undefined && [decision.evaluated, decision.feasible]).toEqual([420, 420]);
  });
});
