import type { coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { decideEviction, type EvictionSnapshot } from './decide-eviction.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const AT = 1_000_000;

function pod(tolerations: coreV1.Toleration[] = [], status: coreV1.PodStatus = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', generation: 2 }, spec: { nodeName: 'n', containers: [], tolerations }, status };
}

const taint = (key: string, value?: string): coreV1.Taint => ({ key, effect: 'NoExecute', ...(value !== undefined && { value }) });
const forSeconds = (key: string, tolerationSeconds?: number): coreV1.Toleration => ({ key, operator: 'Exists', ...(tolerationSeconds !== undefined && { tolerationSeconds }) });

function told(actions: readonly Action[]): string[] {
  return actions.map((action) => (action.do === 'event' ? action.message : action.do));
}

const EVICTED = ['Marking for deletion Pod ns/p', 'patch', 'delete'];
const CANCELLED = 'Cancelling deletion of Pod ns/p';

test.each<[string, Partial<EvictionSnapshot>, string[], number | undefined]>([
  ['does not tolerate a taint, goes', { pod: pod(), taints: [taint('a')] }, EVICTED, undefined],
  ['tolerates another value, goes', { pod: pod([{ key: 'a', operator: 'Equal', value: 'x' }]), taints: [taint('a', 'y')] }, EVICTED, undefined],
  ['tolerates one of two, goes', { pod: pod([forSeconds('a', 10)]), taints: [taint('a'), taint('b')] }, EVICTED, undefined],
  ['tolerates for no time, goes', { pod: pod([forSeconds('a', 0)]), taints: [taint('a')] }, EVICTED, undefined],
  ['tolerates for less than no time, goes', { pod: pod([forSeconds('a', -3)]), taints: [taint('a')] }, EVICTED, undefined],
  ['has ended, goes as well', { pod: pod([], { phase: 'Succeeded' }), taints: [taint('a')] }, EVICTED, undefined],
  ['tolerates for good, stays', { pod: pod([{ operator: 'Exists' }]), taints: [taint('a'), taint('b')] }, [], undefined],
  ['tolerates for a while, stays so long', { pod: pod([forSeconds('a', 10)]), taints: [taint('a')] }, [], AT + 10_000],
  ['tolerates two, stays the shorter while', { pod: pod([forSeconds('a', 10), forSeconds('b', 5)]), taints: [taint('a'), taint('b')] }, [], AT + 5000],
  ['tolerates one for good, stays while the other lasts', { pod: pod([forSeconds('a'), forSeconds('b', 5)]), taints: [taint('a'), taint('b')] }, [], AT + 5000],
  ['tolerates twice, is held to the first', { pod: pod([forSeconds('a', 20), forSeconds('a', 5)]), taints: [taint('a')] }, [], AT + 20_000],
  ['waits, goes on waiting', { pod: pod([forSeconds('a', 10)]), taints: [taint('a')], dueMs: AT + 3000 }, [], AT + 3000],
  ['waits, and would now wait less, goes on as before', { pod: pod([forSeconds('a', 1)]), taints: [taint('a')], dueMs: AT + 3000 }, [], AT + 3000],
  ['has waited, goes', { pod: pod([forSeconds('a', 10)]), taints: [taint('a')], dueMs: AT }, EVICTED, undefined],
  ['waits while another taint comes, goes', { pod: pod([forSeconds('a', 10)]), taints: [taint('a'), taint('b')], dueMs: AT + 3000 }, [CANCELLED, ...EVICTED], undefined],
  ['waits while the taints go, stays', { pod: pod([forSeconds('a', 10)]), taints: [], dueMs: AT + 3000 }, [CANCELLED], undefined],
  ['waits and then tolerates for good, stays', { pod: pod([forSeconds('a')]), taints: [taint('a')], dueMs: AT + 3000 }, [CANCELLED], undefined],
  ['waits and is deleted by others, is done with', { pod: undefined, taints: undefined, dueMs: AT + 3000 }, [CANCELLED], undefined],
  ['is gone, is nothing to say about', { pod: undefined, taints: undefined }, [], undefined],
  ['waits while its node goes, goes on waiting', { pod: pod([forSeconds('a', 10)]), taints: undefined, dueMs: AT + 3000 }, [], AT + 3000],
  ['has waited when its node is gone, goes', { pod: pod([forSeconds('a', 10)]), taints: undefined, dueMs: AT - 1 }, EVICTED, undefined],
  ['is on a node nobody knows, stays', { pod: pod(), taints: undefined }, [], undefined],
])('a pod that %s', (_name, given, want, dueMs) => {
  const plan = decideEviction({ name: 'p', namespace: 'ns', pod: undefined, taints: undefined, dueMs: undefined, ...given }, { nowMs: NOW, monotonicMs: AT });
  expect({ did: told(plan.actions), dueMs: plan.dueMs }).toEqual({ did: want, dueMs });
});

test('the pod says why it goes', () => {
  const { actions: [, patch] } = decideEviction({ name: 'p', namespace: 'ns', pod: pod([], { conditions: [{ type: 'Ready', status: 'True' }] }), taints: [taint('a')], dueMs: undefined }, { nowMs: NOW, monotonicMs: AT });
  expect(patch?.do === 'patch' && patch.patch.body).toEqual({ metadata: { uid: 'u' }, status: { '$setElementOrder/conditions': [{ type: 'Ready' }, { type: 'DisruptionTarget' }], conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 }] } });
});

test('a pod that says so already is not written again', () => {
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  const plan = decideEviction({ name: 'p', namespace: 'ns', pod: pod([], { conditions: [condition] }), taints: [taint('a')], dueMs: undefined }, { nowMs: NOW, monotonicMs: AT });
  expect(told(plan.actions)).toEqual(['Marking for deletion Pod ns/p', 'delete']);
});
