import type { batchV1, coreV1 } from '@kubernode/api';
import { backOffMs, FailureMemory, indexBackOffMs } from './back-off.ts';
import { finishedMs } from './finish-time.ts';

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
const JOB: batchV1.Job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', uid: 'u' }, spec: { template: {} } };

function pod(uid: string, phase: string, seconds: number, { tracked = true, annotations = {} }: { tracked?: boolean; annotations?: Record<string, string> } = {}): coreV1.Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: uid, uid, annotations, ...(tracked && { finalizers: ['batch.kubernetes.io/job-tracking'] }) }, status: { phase, conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(seconds) }] } };
}

test.each([[0, 0], [1, 10], [2, 20], [3, 40], [6, 320], [7, 600], [40, 600]])('after %d failures the next pod waits %d s', (count, seconds) => {
  expect(backOffMs({ count, lastMs: 1000 }, 1000)).toBe(seconds * 1000);
  expect(backOffMs({ count, lastMs: 1000 }, 1000 + seconds * 1000)).toBe(0);
});

test('an index waits by its own count of failures, ignored ones included', () => {
  expect(indexBackOffMs(undefined, 0)).toBe(0);
  expect(indexBackOffMs(pod('a', 'Failed', 100, { annotations: { 'batch.kubernetes.io/job-index-failure-count': '1', 'batch.kubernetes.io/job-index-ignored-failure-count': '1' } }), 100_000)).toBe(40_000);
});

test('each failure is remembered once, also when its pod is gone; a later success forgets those before it', () => {
  const memory = new FailureMemory();
  expect(memory.note('ns/j', JOB, [pod('a', 'Failed', 10), pod('untracked', 'Failed', 11, { tracked: false })])).toEqual({ count: 1, lastMs: 10_000 });
  expect(memory.note('ns/j', JOB, [pod('a', 'Failed', 10), pod('b', 'Failed', 20)])).toEqual({ count: 2, lastMs: 20_000 });
  expect(memory.note('ns/j', JOB, [])).toEqual({ count: 2, lastMs: 20_000 });
  expect(memory.note('ns/j', JOB, [pod('c', 'Succeeded', 15), pod('d', 'Failed', 14)])).toEqual({ count: 1, lastMs: 20_000 });
  expect(memory.note('ns/j', { ...JOB, metadata: { name: 'j', uid: 'another' } }, [])).toEqual({ count: 0, lastMs: 0 });
  memory.note('ns/j', JOB, [pod('a', 'Failed', 10)]);
  memory.forget('ns/j');
  expect(memory.note('ns/j', JOB, [])).toEqual({ count: 0, lastMs: 0 });
});

const terminated = (name: string, seconds: number): coreV1.ContainerStatus => ({ name, image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 1, finishedAt: at(seconds) } } });

test.each<[string, Partial<coreV1.Pod['metadata']>, coreV1.PodStatus, number]>([
  ['the last container', {}, { containerStatuses: [terminated('a', 5), terminated('b', 7)] }, 7],
  ['a sidecar that ends last', {}, { containerStatuses: [terminated('a', 5)], initContainerStatuses: [terminated('side', 9), terminated('init', 11)] }, 9],
  ['a container still runs: the end of readiness', {}, { containerStatuses: [terminated('a', 5), { ...terminated('b', 0), state: {} }], conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(6) }] }, 6],
  ['no such: when the deletion was asked for', { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 }, {}, 10],
  ['none of all', { creationTimestamp: at(3) }, {}, 3],
])('a pod ended with %s', (_name, metadata, status, seconds) => {
  const spec: coreV1.PodSpec = { containers: [], initContainers: [{ name: 'init' }, { name: 'side', restartPolicy: 'Always' }] };
  expect(finishedMs({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec, status })).toBe(seconds * 1000);
});
