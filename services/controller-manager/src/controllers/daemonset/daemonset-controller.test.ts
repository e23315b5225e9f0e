import type { appsV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { podTemplateHash } from '../pod-template-hash/pod-template-hash.ts';
import { placeOf } from './daemon-node.ts';
import { reconcile } from './daemonset-controller.ts';
import { FailedPodBackoff } from './failed-pod-backoff.ts';

const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'i' }] } } as unknown as coreV1.PodTemplateSpec; // a template's metadata has no name
const hash = podTemplateHash(template);

function set(spec: Partial<appsV1.DaemonSetSpec> = {}): appsV1.DaemonSet {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'ns', uid: 'set', generation: 1 }, spec: { selector: { matchLabels: { app: 'd' } }, template, updateStrategy: { type: 'RollingUpdate' }, ...spec } };
}

function node(name: string, spec: coreV1.NodeSpec = {}): coreV1.Node { return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { host: name } }, spec }; }

function pod(nodeName: string, label = hash): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${nodeName}`, namespace: 'ns', uid: nodeName, labels: { app: 'd', 'controller-revision-hash': label }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'set', controller: true }] },
    spec: { nodeName, containers: [] }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
}

function plan(one: appsV1.DaemonSet, pods: coreV1.Pod[], nodes: coreV1.Node[]): { created: number; deleted: string[]; status: unknown } {
  const flat = (action: Action): Action[] => (action.do === 'all' || action.do === 'slow-start' ? action.actions.flatMap(flat) : [action]);
  const actions = reconcile({ set: one, candidates: pods, nodes, revisions: [], backoff: new FailedPodBackoff() }, Date.parse('2026-01-02T00:00:00Z')).actions.flatMap(flat);
  return {
    created: actions.filter((action) => action.do === 'create' && action.resource.resource === 'pods').length,
    deleted: actions.flatMap((action) => (action.do === 'delete' ? [action.target.name ?? ''] : [])),
    status: actions.flatMap((action) => (action.do === 'update' ? [action.object.status] : []))[0],
  };
}

test('a daemon for each node that has none', () => {
  expect(plan(set(), [pod('a')], [node('a'), node('b')])).toEqual({ created: 1, deleted: [], status: { currentNumberScheduled: 1, desiredNumberScheduled: 2, numberMisscheduled: 0, numberReady: 1, numberAvailable: 1, numberUnavailable: 1, updatedNumberScheduled: 1, observedGeneration: 1 } });
});

test('old daemons go one at a time', () => {
  expect(plan(set(), [pod('a', 'old'), pod('b', 'old')], [node('a'), node('b')]).deleted).toHaveLength(1);
  expect(plan(set({ updateStrategy: { type: 'OnDelete' } }), [pod('a', 'old')], [node('a')]).deleted).toEqual([]);
});

test.each<[string, coreV1.Node, { run: boolean; stay: boolean }]>([
  ['a plain node', node('a'), { run: true, stay: true }],
  ['a cordoned node', node('a', { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }), { run: true, stay: true }],
  ['a tainted node', node('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] }), { run: false, stay: true }],
  ['a node that evicts', node('a', { taints: [{ key: 'k', effect: 'NoExecute' }] }), { run: false, stay: false }],
])('placeOf %s', (_name, one, want) => { expect(placeOf(set(), one)).toEqual(want); });
