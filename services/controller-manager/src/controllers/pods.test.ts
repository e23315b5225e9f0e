import type { coreV1 } from '@kubernode/api';
import { availableInMs, isActivePod, isTerminatingPod, nextAvailableInMs, podNamePrefix, readySinceMs } from './pods.ts';

const NOW_MS = Date.parse('2026-01-02T00:00:00Z');

/** `since`: seconds ago; undefined for a condition that does not tell. */
function pod(status: 'True' | 'False' | undefined, since?: number, { phase = 'Running', going = false }: { phase?: string; going?: boolean } = {}): coreV1.Pod {
  const ready = { type: 'Ready', status: status ?? '', ...(since !== undefined && { lastTransitionTime: new Date(NOW_MS - since * 1000).toISOString() }) };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...(going && { deletionTimestamp: 'then' }) }, status: { phase, conditions: status === undefined ? [] : [ready] } };
}

test.each<[string, coreV1.Pod, number, number | undefined]>([
  ['not ready', pod('False', 60), 0, undefined],
  ['without a condition', pod(undefined), 0, undefined],
  ['ready', pod('True', 0), 0, 0],
  ['ready, nobody knows since when', pod('True'), 0, 0],
  ['ready for long enough', pod('True', 10), 10, 0],
  ['ready, but not for long enough', pod('True', 4), 10, 6000],
  ['ready, nobody knows whether for long enough', pod('True'), 10, undefined],
])('availableInMs of a pod that is %s', (_name, one, minReadySeconds, want) => { expect(availableInMs(one, minReadySeconds, NOW_MS)).toBe(want); });

test('nextAvailableInMs is the soonest of those that wait', () => {
  expect([nextAvailableInMs([pod('True', 1), pod('True', 7), pod('True', 60), pod('False', 9)], 10, NOW_MS), nextAvailableInMs([pod('True', 60)], 10, NOW_MS)]).toEqual([3000, undefined]);
});

test('readySinceMs tells only of ready pods', () => { expect([readySinceMs(pod('True', 2)), readySinceMs(pod('False', 2)), readySinceMs(pod('True'))]).toEqual([NOW_MS - 2000, undefined, undefined]); });

test.each<[string, coreV1.Pod, boolean, boolean]>([
  ['runs', pod('True'), true, false], ['is going', pod('True', 0, { going: true }), false, true], ['has failed', pod('False', 0, { phase: 'Failed' }), false, false], ['has failed and is going', pod('False', 0, { phase: 'Failed', going: true }), false, false],
])('a pod that %s', (_name, one, active, terminating) => { expect([isActivePod(one), isTerminatingPod(one)]).toEqual([active, terminating]); });

test('podNamePrefix ends in a dash where one fits', () => { expect([podNamePrefix('web'), podNamePrefix('x'.repeat(252)).length, podNamePrefix('x'.repeat(253)).length]).toEqual(['web-', 253, 253]); });
