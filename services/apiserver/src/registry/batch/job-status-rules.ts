import type { batchV1 } from '@kubernode/api';
import { invalidOmitted, invalidValue, required, timeToMs, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { parseIndexes } from './index-ranges.ts';

type Job = batchV1.Job & KubeObject;
type Status = Readonly<batchV1.JobStatus>;

const PATH = 'status.conditions';

/** What a controller may say of a job: counters that fit together, and ends that stay ends. */
export function jobStatusFaults(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const [status, before] = [job.status ?? {}, old.status ?? {}];
  const changed = (field: keyof batchV1.JobStatus): boolean => status[field] !== before[field];
  return [
    ...nonNegative(status.active, 'status.active'), ...nonNegative(status.succeeded, 'status.succeeded'), ...nonNegative(status.failed, 'status.failed'),
    ...nonNegative(status.ready, 'status.ready'), ...nonNegative(status.terminating, 'status.terminating'),
    ...conditionFaults(status), ...timeFaults(status), ...finishFaults(status),
    ...indexFaults(job, changed('completedIndexes')),
    ...((status.ready ?? 0) > (status.active ?? 0) ? [invalidValue('status.ready', status.ready, 'cannot set more ready pods than active')] : []),
    ...transitionFaults(status, before),
  ];
}

function holds({ conditions }: Status, wanted: string): boolean {
  return conditions?.some(({ type, status }) => type === wanted && status === 'True') === true;
}

function conditionFaults(status: Status): FieldError[] {
  const [complete, failed, target, criteria] = ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'].map((type) => holds(status, type));
  const faults: [boolean | undefined, string][] = [
    [complete && failed, 'cannot set Complete=True and Failed=true conditions'],
    [complete && target, 'cannot set Complete=True and FailureTarget=true conditions'],
    [failed && !target, 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [complete && !criteria, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
    [criteria && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [criteria && target, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
  ];
  return faults.filter(([applies]) => applies === true).map(([, text]) => invalidOmitted(PATH, text));
}

function timeFaults(status: Status): FieldError[] {
  const { startTime, completionTime } = status;
  const complete = holds(status, 'Complete');
  const [start, end] = [timeToMs(startTime), timeToMs(completionTime)];
  return [
    ...((completionTime ?? undefined) !== undefined && !complete ? [invalidValue('status.completionTime', completionTime, 'cannot set completionTime when there is no Complete=True condition')] : []),
    ...((completionTime ?? undefined) === undefined && complete ? [required('status.completionTime', 'completionTime is required for Complete jobs')] : []),
    ...(start !== undefined && end !== undefined && end < start ? [invalidValue('status.completionTime', completionTime, 'must be equal to or after `startTime`')] : []),
  ];
}

function finishFaults(status: Status): FieldError[] {
  if (!holds(status, 'Complete') && !holds(status, 'Failed')) return [];
  const { active = 0, terminating = 0, uncountedTerminatedPods, startTime } = status;
  const uncounted = (uncountedTerminatedPods?.succeeded?.length ?? 0) + (uncountedTerminatedPods?.failed?.length ?? 0);
  return [
    ...(active > 0 ? [invalidValue('status.active', active, 'active>0 is invalid for finished job')] : []),
    ...(terminating > 0 ? [invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job')] : []),
    ...((startTime ?? undefined) === undefined ? [required('status.startTime', 'startTime is required for finished job')] : []),
    ...(uncounted > 0 ? [invalidValue('status.uncountedTerminatedPods', uncountedTerminatedPods, 'uncountedTerminatedPods needs to be empty for finished job')] : []),
  ];
}

function indexFaults({ spec, status }: Readonly<Job>, changed: boolean): FieldError[] {
  const completed = status?.completedIndexes ?? '';
  if (!changed || completed === '') return [];
  if (spec?.completionMode !== 'Indexed') return [invalidValue('status.completedIndexes', completed, 'cannot set non-empty completedIndexes when non-indexed completion mode')];
  const read = parseIndexes(completed, spec.completions ?? 0);
  return typeof read === 'string' ? [invalidValue('status.completedIndexes', completed, `error parsing completedIndexes: ${read}`)] : [];
}

/** Ends and counters do not go back. */
function transitionFaults(status: Status, before: Status): FieldError[] {
  const undone = (type: string): boolean => holds(before, type) && !holds(status, type);
  const lasting: [string, string][] = [['Complete', 'cannot disable the terminal Complete=True condition'], ['Failed', 'cannot disable the terminal Failed=True condition'], ['FailureTarget', 'cannot disable the FailureTarget=True condition'], ['SuccessCriteriaMet', 'cannot disable the SuccessCriteriaMet=True condition']];
  const counters = ['succeeded', 'failed'] as const;
  return [
    ...counters.filter((field) => (status[field] ?? 0) < (before[field] ?? 0)).map((field) => invalidValue(`status.${field}`, status[field] ?? 0, `cannot decrease the ${field} counter`)),
    ...lasting.filter(([type]) => undone(type)).map(([, text]) => invalidOmitted(PATH, text)),
  ];
}
