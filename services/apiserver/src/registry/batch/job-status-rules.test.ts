import type { batchV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { jobStatusFaults } from './job-status-rules.ts';

type Status = batchV1.JobStatus;

function job(spec: Partial<batchV1.JobSpec>, status: Status): batchV1.Job & KubeObject {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' }, spec: { template: {}, ...spec }, status } as batchV1.Job & KubeObject; // an object of the API
}

const when = (...types: string[]): NonNullable<Status['conditions']> => types.map((type) => ({ type: type.replace('!', ''), status: type.startsWith('!') ? 'False' : 'True' }));
const START = '2026-01-01T00:00:00Z';
const END = '2026-01-01T00:01:00Z';
const DONE: Status = { startTime: START, completionTime: END, succeeded: 1, conditions: when('SuccessCriteriaMet', 'Complete') };
const INDEXED: Partial<batchV1.JobSpec> = { completionMode: 'Indexed', completions: 5, parallelism: 5 };

test.each<[string, Partial<batchV1.JobSpec>, Status, Status]>([
  ['a start', {}, {}, { startTime: START, active: 1, ready: 0, uncountedTerminatedPods: {} }],
  ['an end', {}, { startTime: START }, DONE],
  ['a smaller indexed job', INDEXED, { succeeded: 4, completedIndexes: '0-3' }, { succeeded: 2, completedIndexes: '0,1' }],
  ['a resumption', { suspend: false }, { startTime: START, conditions: when('Suspended') }, { startTime: END, conditions: when('!Suspended') }],
  ['a suspension', { suspend: true }, { startTime: START }, { conditions: when('Suspended') }],
  ['what was wrong before', {}, { ready: 3, active: 1 }, { ready: 3, active: 1, failed: 1 }],
  ['the end of a job that never started', { suspend: true, completions: 0 }, {}, { completionTime: END, conditions: when('SuccessCriteriaMet', 'Complete') }],
])('%s may be told', (_name, spec, before, status) => { expect(jobStatusFaults(job(spec, status), job(spec, before))).toEqual([]); });

test.each<[string, Partial<batchV1.JobSpec>, Status, Status, string]>([
  ['fewer failures', {}, { failed: 2 }, { failed: 1 }, 'status.failed: Invalid value: 1: cannot decrease the failed counter'],
  ['fewer successes', {}, { succeeded: 2 }, { succeeded: 1 }, 'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter'],
  ['an end without a reason', {}, { startTime: START }, { startTime: START, conditions: when('Failed') }, 'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition'],
  ['two ends', {}, { startTime: START }, { startTime: START, conditions: when('FailureTarget', 'SuccessCriteriaMet') }, 'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
  ['an end undone', {}, DONE, { ...DONE, conditions: when('SuccessCriteriaMet'), completionTime: undefined as never }, 'status.conditions: Invalid value: cannot disable the terminal Complete=True condition'], // a time that is not there
  ['an end with pods', {}, { startTime: START }, { ...DONE, active: 1 }, 'status.active: Invalid value: 1: active>0 is invalid for finished job'],
  ['an end with pods to count', {}, { startTime: START }, { ...DONE, uncountedTerminatedPods: { failed: ['a'] } }, 'status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: must be empty for finished job'],
  ['an end without a start', {}, {}, { completionTime: END, conditions: when('SuccessCriteriaMet', 'Complete') }, 'status.startTime: Required value: startTime is required for finished job'],
  ['another end', {}, DONE, { ...DONE, completionTime: '2026-01-01T00:02:00Z' }, 'status.completionTime: Invalid value: "2026-01-01T00:02:00Z": field is immutable'],
  ['another start', {}, { startTime: START }, { startTime: END }, 'status.startTime: Invalid value: "2026-01-01T00:01:00Z": field is immutable for unsuspended job once set'],
  ['more ready than active', {}, {}, { ready: 2, active: 1 }, 'status.ready: Invalid value: 2: cannot set more ready pods than active'],
  ['a pod twice', {}, {}, { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a'] } }, 'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"'],
  ['indexes of a job without', {}, {}, { completedIndexes: '0' }, 'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode'],
  ['indexes that fail and succeed', { ...INDEXED, backoffLimitPerIndex: 1 }, {}, { completedIndexes: '0-2', failedIndexes: '2,3' }, 'status.failedIndexes: Invalid value: "2,3": failedIndexes and completedIndexes overlap at index: 2'],
  ['failed indexes without a limit for each', INDEXED, {}, { failedIndexes: '' }, 'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null'],
])('%s may not be told', (_name, spec, before, status, want) => {
  expect(jobStatusFaults(job(spec, status), job(spec, before)).map(({ field, message }) => `${field}: ${message}`.replaceAll('\n', ''))).toContain(want);
});
