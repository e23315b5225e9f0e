import type { batchV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { formatIndexes, parseIndexes } from './completion-indexes.ts';
import { reconcile } from './job-controller.ts';
import { reconcile as expire } from './ttl-after-finished-controller.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const LONG_AGO = '2026-01-01T00:00:00Z';

function job(spec: Partial<batchV1.JobSpec> = {}, status: batchV1.JobStatus = {}): batchV1.Job {
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns', uid: 'job' },
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, selector: { matchLabels: { job: 'j' } }, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }] } }, ...spec },
    status: { startTime: LONG_AGO, ...status },
  };
}

function pod(name: string, phase: string, { tracked = true, index }: { tracked?: boolean; index?: number } = {}): coreV1.Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'ns', uid: name, labels: { job: 'j' }, creationTimestamp: LONG_AGO, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'job', controller: true }],
      ...(tracked && { finalizers: ['batch.kubernetes.io/job-tracking'] }), ...(index !== undefined && { annotations: { 'batch.kubernetes.io/job-completion-index': `${index}` } }),
    },
    spec: { containers: [] }, status: { phase },
  };
}

/** The plan in short: what is made and deleted, and the status that is written. */
function plan(one: batchV1.Job, pods: coreV1.Pod[]): { created: number; deleted: number; status: batchV1.JobStatus | undefined } {
  const flat = (action: Action): Action[] => (action.do === 'all' || action.do === 'slow-start' ? action.actions.flatMap(flat) : [action]);
  const actions = reconcile({ job: one, candidates: pods }, NOW).actions.flatMap(flat);
  const update = actions.find((action) => action.do === 'update');
  return { created: actions.filter((action) => action.do === 'create').length, deleted: actions.filter((action) => action.do === 'delete').length, status: update?.do === 'update' ? update.object.status as batchV1.JobStatus : undefined }; // a Job's
}

test('a new job starts and makes its pods', () => {
  expect(plan({ ...job({ parallelism: 2, completions: 3 }), status: {} }, [])).toEqual({ created: 2, deleted: 0, status: { active: 2, ready: 0, terminating: 0, startTime: '2026-01-01T00:10:00Z', uncountedTerminatedPods: {} } });
});

test('a success is noted before it is counted', () => {
  const first = plan(job(), [pod('a', 'Succeeded')]);
  expect(first.status).toMatchObject({ uncountedTerminatedPods: { succeeded: ['a'] }, conditions: [{ type: 'SuccessCriteriaMet', reason: 'CompletionsReached' }] });
  const second = plan(job({}, first.status), [pod('a', 'Succeeded', { tracked: false })]);
  expect(second.status).toMatchObject({ succeeded: 1, uncountedTerminatedPods: {}, completionTime: '2026-01-01T00:10:00Z', conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete', message: 'Reached expected number of succeeded pods' }] });
});

test.each<[string, batchV1.Job, coreV1.Pod[], string]>([
  ['too many failures', job({ backoffLimit: 0 }), [pod('a', 'Failed')], 'BackoffLimitExceeded'],
  ['its deadline', job({ activeDeadlineSeconds: 60 }), [pod('a', 'Running')], 'DeadlineExceeded'],
  ['failed indexes', job({ completionMode: 'Indexed', backoffLimitPerIndex: 0 }), [pod('a', 'Failed', { index: 0 })], 'FailedIndexes'],
])('%s ends a job', (_name, one, pods, reason) => {
  const { created, status } = plan(one, pods);
  expect({ created, conditions: status?.conditions?.map((condition) => [condition.type, condition.reason]) }).toEqual({ created: 0, conditions: [['FailureTarget', reason]] });
});

test('a suspended job deletes its pods', () => {
  expect(plan(job({ suspend: true }), [pod('a', 'Running')])).toMatchObject({ deleted: 1, status: { conditions: [{ type: 'Suspended', reason: 'JobSuspended' }] } });
});

test('a failure is followed by a pause', () => {
  expect(plan(job(), [{ ...pod('a', 'Failed'), status: { phase: 'Failed', containerStatuses: [{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:09:55Z' } } }] } }]).created).toBe(0);
  expect(plan(job(), [pod('a', 'Failed')]).created).toBe(1);
});

test.each([['0-2', [0, 1, 2]], ['0,1', [0, 1]], ['1,3-5,7', [1, 3, 4, 5, 7]], ['', []]])('indexes %j', (text, indexes) => {
  expect([formatIndexes(indexes), [...parseIndexes(text, 10)]]).toEqual([text, indexes]);
});

test('an ended job goes when its time is over', () => {
  const ended = job({ ttlSecondsAfterFinished: 60 }, { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: LONG_AGO }] });
  expect(expire(ended, Date.parse(LONG_AGO) + 10_000)).toEqual({ actions: [], againAfterMs: 50_000 });
  expect(expire(ended, NOW).actions).toMatchObject([{ do: 'delete', propagationPolicy: 'Foreground' }]);
});
