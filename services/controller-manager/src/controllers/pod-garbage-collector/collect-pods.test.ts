import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { collectPods, type PodGarbageSnapshot } from './collect-pods.ts';
import { MissingNodes } from './missing-nodes.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function pod(name: string, phase: string, { node = 'a', reason, ...metadata }: { node?: string; reason?: string } & Partial<coreV1.Pod['metadata']> = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: name, generation: 3, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata }, spec: { nodeName: node, containers: [] }, status: { phase, ...(reason !== undefined && { reason }) } };
}

function node(name: string, ready: string, taint?: string): coreV1.Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { ...(taint !== undefined && { taints: [{ key: taint, effect: 'NoExecute' }] }) }, status: { conditions: [{ type: 'Ready', status: ready }] } };
}

const OUT = 'node.kubernetes.io/out-of-service';
const nodes = new Map([node('a', 'True'), node('off', 'False', OUT), node('back', 'True', OUT), node('slow', 'False')].map((one) => [one.metadata.name, one]));
const snapshot = (pods: readonly coreV1.Pod[], gone: string[] = []): PodGarbageSnapshot => ({ pods, nodeOf: (name) => nodes.get(name), goneNodes: new Set(gone) });

/** A pod that is deleted at once by its name, one that fails first with what it says in brackets. */
function told(action: Action): string[] {
  return (action.do === 'all' ? action.actions : []).map((one) => {
    if (one.do === 'delete') return `${one.target.name}${one.gracePeriodSeconds === 0 ? '' : ' slowly'}`;
    if (one.do !== 'patch') return one.do;
    const { status } = one.patch.body as { status: coreV1.PodStatus }; // all it patches is a status
    const [next] = one.then?.({ metadata: { name: one.target.name } }) ?? [];
    return `${one.target.name} (${[status.phase, status.observedGeneration, ...(status.conditions ?? []).map(({ reason }) => reason)].join(' ')})${next?.do === 'delete' ? '' : ' stays'}`;
  });
}

const young = { creationTimestamp: '2026-01-01T00:30:00Z' };
const deleted = { deletionTimestamp: '2026-01-01T00:59:00Z' };

test.each<[string, PodGarbageSnapshot, number, string[]]>([
  ['the oldest of too many ended pods', snapshot([pod('new', 'Failed', young), pod('old', 'Succeeded'), pod('runs', 'Running')]), 1, ['old']],
  ['evicted ones first', snapshot([pod('old', 'Succeeded'), pod('out', 'Failed', { ...young, reason: 'Evicted' })]), 1, ['out']],
  ['by name where the age is the same', snapshot([pod('y', 'Failed'), pod('x', 'Failed'), pod('z', 'Failed')]), 1, ['x', 'y']],
  ['no ended pods up to the threshold', snapshot([pod('x', 'Failed'), pod('y', 'Succeeded'), pod('z', 'Pending'), pod('w', 'Unknown')]), 2, []],
  ['no ended pods without a threshold', snapshot([pod('x', 'Failed'), pod('y', 'Failed')]), 0, []],
  ['pods of nodes that are gone', snapshot([pod('lost', 'Running', { node: 'gone' }), pod('done', 'Succeeded', { node: 'gone' }), pod('other', 'Running', { node: 'late' })], ['gone']), 0, ['lost (Failed 3 DeletionByPodGC)', 'done']],
  ['unbound pods that are being deleted', snapshot([pod('going', 'Pending', { node: '', ...deleted }), pod('waits', 'Pending', { node: '' })]), 0, ['going (Failed 3)']],
  ['pods being deleted on nodes out of service', snapshot([pod('stuck', 'Running', { node: 'off', ...deleted }), pod('runs', 'Running', { node: 'off' }), pod('back', 'Running', { node: 'back', ...deleted }), pod('slow', 'Running', { node: 'slow', ...deleted }), pod('fine', 'Running', deleted)]), 0, ['stuck (Failed 3)']],
  ['a pod once', snapshot([pod('both', 'Failed', { node: '', ...deleted }), pod('more', 'Failed', young)]), 1, ['both']],
])('the pod garbage collector removes %s', (_name, given, threshold, want) => { expect(told(collectPods(given, { threshold }, NOW))).toEqual(want); });

test('what is removed, or cannot be, is counted with its reason', () => {
  const counted: string[] = [];
  const action = collectPods(snapshot([pod('a', 'Failed'), pod('b', 'Running', { node: 'gone' }), pod('c', 'Failed', young)], ['gone']), { threshold: 1, onRemoval: (...args) => { counted.push(args.join(' ')); } }, NOW);
  const run = (actions: readonly Action[] = []): void => { for (const one of actions) if (one.do === 'remember') one.note(); };
  const [ended, lost] = action.do === 'all' ? action.actions : [];
  if (ended?.do === 'delete') run(ended.then?.({ metadata: { name: 'a' } }));
  if (lost?.do === 'patch') run(lost.otherwise?.({} as never)?.actions); // nobody reads the error
  expect(counted).toEqual(['terminated ns removed', 'orphaned ns refused']);
});

test('a node counts as missing after forty seconds, and again after forty more', () => {
  const missing = new MissingNodes();
  const at = (seconds: number, ...names: string[]): string[] => missing.overdue(new Set(names), seconds * 1000);
  expect([at(0, 'a'), at(20, 'a', 'b'), at(40, 'a', 'b'), at(60, 'a', 'b'), at(80, 'a'), at(100, 'a', 'b')]).toEqual([[], [], ['a'], ['b'], [], ['a']]);
});
