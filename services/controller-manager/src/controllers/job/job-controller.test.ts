import type { batchV1, coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { noFailures, type Failures } from './back-off.ts';
import { reconcile } from './job-controller.ts';
import { noJobMetrics } from './metrics.ts';
import { reconcile as expire } from './ttl-after-finished-controller.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const LONG_AGO = '2026-01-01T00:00:00Z';
const NOW_TEXT = '2026-01-01T00:10:00Z';

function job(spec: Partial<batchV1.JobSpec> = {}, status: batchV1.JobStatus = {}): batchV1.Job {
  return {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns', uid: 'job' },
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, podReplacementPolicy: 'TerminatingOrFailed', selector: { matchLabels: { job: 'j' } }, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'i' }] } }, ...spec },
    status: { startTime: LONG_AGO, ...status },
  };
}

const indexed = (spec: Partial<batchV1.JobSpec> = {}, status: batchV1.JobStatus = {}): batchV1.Job => job({ completionMode: 'Indexed', ...spec }, status);

interface PodFacts { tracked?: boolean; index?: number; going?: boolean; code?: number; failures?: number; ready?: boolean; orphan?: boolean }

function pod(name: string, phase: string, { tracked = true, index, going = false, code, failures, ready = false, orphan = false }: PodFacts = {}): coreV1.Pod {
  const annotations = { ...(index !== undefined && { 'batch.kubernetes.io/job-completion-index': `${index}` }), ...(failures !== undefined && { 'batch.kubernetes.io/job-index-failure-count': `${failures}` }) };
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'ns', uid: name, labels: { job: 'j' }, creationTimestamp: LONG_AGO, annotations, ...(going && { deletionTimestamp: LONG_AGO }),
      ...(!orphan && { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'job', controller: true }] }), ...(tracked && { finalizers: ['batch.kubernetes.io/job-tracking'] }),
    },
    spec: { containers: [] },
    status: {
      phase, ...(ready && { conditions: [{ type: 'Ready', status: 'True' }] }),
      ...(code !== undefined && { containerStatuses: [{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: code, finishedAt: LONG_AGO } } }] }),
    },
  };
}

interface Done { created: string[]; deleted: string[]; letGo: string[]; adopted: string[]; statuses: batchV1.JobStatus[]; events: string[]; againAfterMs?: number }

/** The plan as carried out without a fault: what it did, in short. */
function plan(one: batchV1.Job, pods: coreV1.Pod[], { failures = noFailures, failCreationsAfter = Infinity }: { failures?: Failures; failCreationsAfter?: number } = {}): Done {
  const { actions, againAfterMs } = reconcile({ job: one, pods, orphans: [], failures, fresh: true, metrics: noJobMetrics }, NOW);
  const done: Done = { created: [], deleted: [], letGo: [], adopted: [], statuses: [], events: [], ...(againAfterMs !== undefined && { againAfterMs }) };
  const run = (action: Action): void => {
    switch (action.do) {
      case 'slow-start': {
        if (action.actions.length <= failCreationsAfter) { action.actions.forEach(run); break; }
        action.actions.slice(0, failCreationsAfter).forEach(run);
        action.failed?.({ message: 'no' } as never, failCreationsAfter).forEach(run); // only its message is read
        throw new Error('creation failed');
      }
      case 'all': action.actions.forEach(run); break;
      case 'create': {
        const { metadata } = action.object as coreV1.Pod; // a pod
        done.created.push(metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '');
        break;
      }
      case 'delete': done.deleted.push(action.target.name); break;
      case 'patch': (JSON.stringify(action.patch).includes('$deleteFromPrimitiveList/finalizers') ? done.letGo : done.adopted).push(action.target.name); action.then?.({ metadata: action.target } as never).forEach(run); break; // nothing of it is read
      case 'update': done.statuses.push(action.object.status as batchV1.JobStatus); action.then?.(action.object).forEach(run); break; // a Job's
      case 'event': done.events.push(`${action.type} ${action.reason}: ${action.message}`); break;
      case 'remember': action.note(); break;
      default: throw new Error(`unexpected ${action.do}`);
    }
  };
  try { actions.forEach(run); } catch (error) { if (failCreationsAfter === Infinity) throw error; }
  return done;
}

const last = ({ statuses }: Done): batchV1.JobStatus | undefined => statuses.at(-1);
const conditions = (done: Done): string[] => (last(done)?.conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

test('a new job starts and makes its pods', () => {
  const { statuses, created } = plan({ ...job({ parallelism: 2, completions: 3 }), status: {} }, []);
  expect({ statuses, created: created.length }).toEqual({ created: 2, statuses: [{ active: 2, ready: 0, terminating: 0, startTime: NOW_TEXT, uncountedTerminatedPods: {} }] });
});

test('a success is noted, the pod let go, then counted', () => {
  const { statuses, letGo, events } = plan(job(), [pod('a', 'Succeeded')]);
  const rest = { ready: 0, terminating: 0, startTime: LONG_AGO };
  const met = { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods', lastProbeTime: NOW_TEXT, lastTransitionTime: NOW_TEXT };
  expect({ statuses, letGo, events }).toEqual({
    letGo: ['a'], events: ['Normal Completed: Job completed'],
    statuses: [
      { ...rest, uncountedTerminatedPods: { succeeded: ['a'] }, conditions: [met] },
      { ...rest, uncountedTerminatedPods: {}, succeeded: 1, completionTime: NOW_TEXT, conditions: [met, { ...met, type: 'Complete' }] },
    ],
  });
});

test('a pod that lost its finalizer before a crash is counted from its uid, once', () => {
  const uncounted = { uncountedTerminatedPods: { succeeded: ['gone', 'a'], failed: ['b'] } };
  expect(last(plan(job({ completions: 4 }, uncounted), [pod('a', 'Succeeded'), pod('b', 'Failed', { tracked: false })]))).toMatchObject({ succeeded: 2, failed: 1, uncountedTerminatedPods: {} });
});

const limits: [string, batchV1.Job, coreV1.Pod[], string[]][] = [
  ['too many failures', job({ backoffLimit: 0 }), [pod('a', 'Failed')], ['FailureTarget BackoffLimitExceeded: Job has reached the specified backoff limit', 'Failed BackoffLimitExceeded: Job has reached the specified backoff limit']],
  ['failures of before and now', job({ backoffLimit: 2 }, { failed: 2 }), [pod('a', 'Failed')], ['FailureTarget BackoffLimitExceeded: Job has reached the specified backoff limit', 'Failed BackoffLimitExceeded: Job has reached the specified backoff limit']],
  ['its deadline', job({ activeDeadlineSeconds: 60 }), [pod('a', 'Running')], ['FailureTarget DeadlineExceeded: Job was active longer than specified deadline']],
  ['failed indexes', indexed({ backoffLimitPerIndex: 0 }), [pod('a', 'Failed', { index: 0 })], ['FailureTarget FailedIndexes: Job has failed indexes', 'Failed FailedIndexes: Job has failed indexes']],
  ['too many failed indexes', indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 1, completions: 9 }), [pod('a', 'Failed', { index: 0 }), pod('b', 'Failed', { index: 4 })], ['FailureTarget MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes', 'Failed MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes']],
  ['a rule for exit codes', job({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } }), [pod('a', 'Failed', { code: 42 })], ['FailureTarget PodFailurePolicy: Container main for pod ns/a failed with exit code 42 matching FailJob rule at index 0', 'Failed PodFailurePolicy: Container main for pod ns/a failed with exit code 42 matching FailJob rule at index 0']],
  ['what was decided before', job({}, { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'R', message: 'm' }] }), [pod('a', 'Succeeded')], ['FailureTarget R: m', 'Failed R: m']],
  ['a success rule', indexed({ completions: 3, successPolicy: { rules: [{ succeededIndexes: '1-2', succeededCount: 1 }] } }), [pod('a', 'Succeeded', { index: 2 })], ['SuccessCriteriaMet SuccessPolicy: Matched rules at index 0', 'Complete SuccessPolicy: Matched rules at index 0']],
  ['the first success where no number is asked for', { ...job({ parallelism: 2 }), spec: { ...job({ parallelism: 2 }).spec, completions: undefined } as never }, [pod('a', 'Succeeded')], ['SuccessCriteriaMet CompletionsReached: Reached expected number of succeeded pods', 'Complete CompletionsReached: Reached expected number of succeeded pods']], // completions is left out
];

test.each(limits)('%s ends a job', (_name, one, pods, want) => {
  const done = plan(one, pods);
  expect({ conditions: conditions(done), created: done.created }).toEqual({ conditions: want, created: [] });
});

test('an ending job deletes its pods, counts them as failed, and is over when they are gone', () => {
  const done = plan(job({ parallelism: 2, completions: 2, activeDeadlineSeconds: 60 }, { active: 2, ready: 1 }), [pod('a', 'Running', { ready: true }), pod('b', 'Pending')]);
  expect({ deleted: done.deleted, letGo: done.letGo, events: done.events, last: last(done) }).toMatchObject({ deleted: ['a', 'b'], letGo: ['a', 'b'], events: [], last: { failed: 2, ready: 0, terminating: 2 } });
  expect(last(done)?.active).toBeUndefined();
});

test('a pod that was on its way out when the job succeeded does not count as failed', () => {
  const done = plan(indexed({ completions: 2, parallelism: 2, podReplacementPolicy: 'Failed', successPolicy: { rules: [{ succeededCount: 1 }] } }), [pod('a', 'Succeeded', { index: 0 }), pod('b', 'Running', { index: 1, going: true })]);
  expect({ letGo: done.letGo, last: last(done) }).toMatchObject({ letGo: ['a', 'b'], last: { succeeded: 1, completedIndexes: '0', terminating: 1 } });
  expect(last(done)?.failed).toBeUndefined();
});

const sizes: [string, batchV1.Job, coreV1.Pod[], Partial<Done>][] = [
  ['fewer pods than parallelism makes more', job({ parallelism: 3, completions: 9 }), [pod('a', 'Running')], { created: ['', ''] }],
  ['no more pods than completions', job({ parallelism: 5, completions: 4 }, { succeeded: 2 }), [pod('a', 'Running')], { created: [''] }],
  ['a smaller parallelism deletes those that lose least', job({ parallelism: 1, completions: 9 }), [pod('a', 'Running', { ready: true }), pod('b', 'Pending'), pod('c', 'Running')], { deleted: ['b', 'c'], letGo: ['b', 'c'] }],
  ['after a success without completions nothing is made', { ...job({ parallelism: 3 }), spec: { ...job({ parallelism: 3 }).spec, completions: undefined } as never }, [pod('a', 'Succeeded'), pod('b', 'Running')], { created: [], deleted: [] }], // completions is left out
  ['a pod that is going is replaced at once', job(), [pod('a', 'Running', { going: true })], { created: [''], letGo: ['a'] }],
  ['with policy Failed it is replaced when it has ended', job({ podReplacementPolicy: 'Failed' }), [pod('a', 'Running', { going: true })], { created: [], letGo: [] }],
  ['a failure policy means the same', job({ podFailurePolicy: { rules: [] } }), [pod('a', 'Running', { going: true })], { created: [], letGo: [] }],
  ['free indexes, lowest first', indexed({ parallelism: 3, completions: 5 }, { completedIndexes: '0' }), [pod('a', 'Running', { index: 2 })], { created: ['1', '3'] }],
  ['indexes that are going stay taken with policy Failed', indexed({ parallelism: 2, completions: 3, podReplacementPolicy: 'Failed' }), [pod('a', 'Running', { index: 0, going: true })], { created: ['1'] }],
  ['doubled, foreign and absent indexes are deleted first', indexed({ parallelism: 3, completions: 2 }), [pod('a', 'Running', { index: 0 }), pod('b', 'Pending', { index: 0 }), pod('c', 'Running', { index: 2 }), pod('d', 'Running')], { deleted: ['c', 'd', 'b'] }],
  ['failed indexes are not tried again', indexed({ parallelism: 3, completions: 3, backoffLimitPerIndex: 1 }, { failedIndexes: '1' }), [], { created: ['0', '2'] }],
  ['a job being deleted makes nothing and lets its pods go', { ...job(), metadata: { ...job().metadata, deletionTimestamp: NOW_TEXT } }, [pod('a', 'Running')], { created: [], letGo: ['a'], deleted: [] }],
  ['an orphan is adopted', job(), [pod('a', 'Running', { orphan: true, tracked: false })], { adopted: ['a'], created: [] }],
  ['a suspended job deletes its pods', job({ suspend: true }), [pod('a', 'Running')], { deleted: ['a'], letGo: ['a'], events: ['Normal Suspended: Job suspended'] }],
];

test.each(sizes)('%s', (_name, one, pods, want) => { expect(plan(one, pods)).toMatchObject(want); });

test('suspension takes the start time away, resumption gives a new one', () => {
  const held = last(plan(job({ suspend: true }), []));
  expect([held?.startTime, held?.conditions]).toMatchObject([undefined, [{ type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }]]);
  const resumed = plan(job({ suspend: false }, { ...held }), []);
  expect({ status: last(resumed), events: resumed.events }).toMatchObject({ status: { startTime: NOW_TEXT, active: 1, conditions: [{ type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }] }, events: ['Normal Resumed: Job resumed'] });
});

test('while a failure is waited out, no pod is made', () => {
  const done = plan(job({ parallelism: 2, completions: 4 }), [pod('a', 'Failed'), pod('b', 'Running', { ready: true })], { failures: { count: 2, lastMs: NOW - 5000 } });
  expect({ created: done.created, active: last(done)?.active, ready: last(done)?.ready, again: done.againAfterMs }).toEqual({ created: [], active: 1, ready: 1, again: 15_000 });
});

test('an index waits for itself, and its last failed pod with it', () => {
  const failed = (name: string, index: number, endedMs: number, failures: number): coreV1.Pod => ({ ...pod(name, 'Failed', { index, failures }), status: { phase: 'Failed', conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: new Date(endedMs).toISOString() }] } });
  const one = indexed({ parallelism: 2, completions: 2, backoffLimitPerIndex: 5 });
  expect(plan(one, [failed('a', 0, NOW - 1000, 0), failed('b', 1, NOW - 30_000, 1)])).toMatchObject({ created: ['1'], letGo: [], statuses: [{ failedIndexes: '' }] });
  expect(plan(one, [failed('a', 0, NOW - 1000, 0), failed('b', 1, NOW - 15_000, 1)])).toMatchObject({ created: [], letGo: [], againAfterMs: 5000 });
  expect(plan(one, [failed('a', 0, NOW - 1000, 0), pod('next', 'Running', { index: 0, failures: 1 }), pod('c', 'Running', { index: 1 })])).toMatchObject({ letGo: ['a'], statuses: [{ uncountedTerminatedPods: { failed: ['a'] } }, { failed: 1 }] });
});

test('ignored failures are let go uncounted', () => {
  const done = plan(job({ backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] } }), [{ ...pod('a', 'Failed'), status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] } }]);
  expect({ letGo: done.letGo, created: done.created.length, failed: last(done)?.failed }).toEqual({ letGo: ['a'], created: 1, failed: undefined });
});

test('pods that could be made count as active when others could not', () => {
  expect(last(plan(job({ parallelism: 5, completions: 5 }), [], { failCreationsAfter: 2 }))).toMatchObject({ active: 2 });
});

test('more ended pods than one status holds are counted in rounds, and the job does not end in between', () => {
  const done = plan(job({ parallelism: 1, completions: 501 }), Array.from({ length: 501 }, (_none, i) => pod(`p${i}`, 'Succeeded')));
  expect({ letGo: done.letGo.length, succeeded: last(done)?.succeeded, conditions: conditions(done).length }).toEqual({ letGo: 500, succeeded: 500, conditions: 1 });
});

test('more successes than asked for are told', () => {
  expect(plan(job({ completions: 1 }), [pod('a', 'Succeeded'), pod('b', 'Succeeded')]).events).toEqual(['Warning TooManySucceededPods: Too many succeeded pods running after completion count reached', 'Normal Completed: Job completed']);
});

test('an ended job goes when its time is over', () => {
  const ended = job({ ttlSecondsAfterFinished: 60 }, { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: LONG_AGO }] });
  const nothing = { onDeleted: () => undefined };
  expect(expire(ended, Date.parse(LONG_AGO) + 10_000, nothing)).toEqual({ actions: [], againAfterMs: 50_000 });
  expect(expire(ended, NOW, nothing).actions).toMatchObject([{ do: 'delete', propagationPolicy: 'Foreground' }]);
});
