import type { batchV1 } from '@kubernode/api';
import { duplicate, invalidOmitted, invalidValue, jsonEquals, required, timeToMs, type FieldError, type Json, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { firstOverlap, parseIndexes } from './index-ranges.ts';

type Job = batchV1.Job & KubeObject;
type Status = Readonly<batchV1.JobStatus>;

const CONDITIONS = 'status.conditions';

/** Whether a fault applies, and the fault. */
type Rule = readonly [applies: boolean | undefined, fault: () => FieldError];

/** What a controller may say of a job: counters that fit together, and ends that stay ends. Most is looked at only where it changes. */
export function jobStatusFaults(job: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const context = contextOf(job, old);
  const { status } = context;
  const rules = [...conditionRules(context), ...timeRules(context), ...finishRules(context), ...indexRules(context), ...transitionRules(context)];
  return [
    ...nonNegative(status.active, 'status.active'), ...nonNegative(status.succeeded, 'status.succeeded'), ...nonNegative(status.failed, 'status.failed'),
    ...nonNegative(status.ready, 'status.ready'), ...nonNegative(status.terminating, 'status.terminating'), ...uidFaults(status),
    ...rules.filter(([applies]) => applies === true).map(([, fault]) => fault()),
  ];
}

interface Ends { complete: boolean; failed: boolean; target: boolean; criteria: boolean; finished: boolean }

interface Context {
  job: Readonly<Job>;
  status: Status;
  before: Status;
  now: Ends;
  then: Ends;
  indexed: boolean;
  changed(...fields: (keyof batchV1.JobStatus)[]): boolean;
}

function contextOf(job: Readonly<Job>, old: Readonly<Job>): Context {
  const [status, before] = [job.status ?? {}, old.status ?? {}];
  return {
    job, status, before, now: endsOf(status), then: endsOf(before), indexed: job.spec?.completionMode === 'Indexed',
    changed: (...fields) => fields.some((field) => !jsonEquals(asJson(status[field]), asJson(before[field]))),
  };
}

function asJson(value: unknown): Json { return (value ?? null) as Json; } // fields of a decoded object

function holds({ conditions }: Status, wanted: string, status = 'True'): boolean {
  return conditions?.some((one) => one.type === wanted && one.status === status) === true;
}

function endsOf(status: Status): Ends {
  const [complete, failed] = [holds(status, 'Complete'), holds(status, 'Failed')];
  return { complete, failed, target: holds(status, 'FailureTarget'), criteria: holds(status, 'SuccessCriteriaMet'), finished: complete || failed };
}

function uidFaults({ uncountedTerminatedPods = {} }: Status): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) => (uncountedTerminatedPods[list] ?? []).flatMap((uid, i) => {
    const path = `status.uncountedTerminatedPods.${list}[${i}]`;
    if (uid === '') return [invalidValue(path, uid, 'must not be empty')];
    if (seen.has(uid)) return [duplicate(path, uid)];
    seen.add(uid);
    return [];
  }));
}

function conditionRules({ job, now, then, changed }: Context): Rule[] {
  const fault = (text: string) => (): FieldError => invalidOmitted(CONDITIONS, text);
  const [completeChanged, failedChanged] = [now.complete !== then.complete, now.failed !== then.failed];
  return [
    [(completeChanged || failedChanged) && now.complete && now.failed, fault('cannot set Complete=True and Failed=true conditions')],
    [(completeChanged || now.target !== then.target) && now.complete && now.target, fault('cannot set Complete=True and FailureTarget=true conditions')],
    [(failedChanged || changed('failedIndexes')) && now.failed && !now.target, fault('cannot set Failed=True condition without the FailureTarget=true condition')],
    [(completeChanged || now.criteria !== then.criteria) && now.complete && !now.criteria, fault('cannot set Complete=True condition without the SuccessCriteriaMet=true condition')],
    [now.criteria && now.failed, fault('cannot set SuccessCriteriaMet=True and Failed=true conditions')],
    [now.criteria && now.target, fault('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions')],
    [job.spec?.successPolicy !== undefined && !now.criteria && now.complete, fault('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True')],
  ];
}

function timeRules({ status, now, then, changed }: Context): Rule[] {
  const { startTime, completionTime } = status;
  const [start, end] = [timeToMs(startTime) ?? undefined, timeToMs(completionTime) ?? undefined];
  const completionChanged = now.complete !== then.complete || changed('completionTime');
  return [
    [completionChanged && end !== undefined && !now.complete, () => invalidValue('status.completionTime', completionTime, 'cannot set completionTime when there is no Complete=True condition')],
    [completionChanged && end === undefined && now.complete, () => required('status.completionTime', 'completionTime is required for Complete jobs')],
    [changed('startTime', 'completionTime') && start !== undefined && end !== undefined && end < start, () => invalidValue('status.completionTime', completionTime, 'must be equal to or after `startTime`')],
  ];
}

/** Nothing is left of a job that is over. */
function finishRules({ job, status, now, then, changed }: Context): Rule[] {
  const { active = 0, ready = 0, terminating = 0, uncountedTerminatedPods, startTime } = status;
  const uncounted = (uncountedTerminatedPods?.succeeded?.length ?? 0) + (uncountedTerminatedPods?.failed?.length ?? 0);
  const ended = now.finished !== then.finished;
  const neverStarts = job.spec?.suspend === true && job.spec.completions === 0;
  return [
    [(ended || changed('active')) && now.finished && active > 0, () => invalidValue('status.active', active, 'active>0 is invalid for finished job')],
    [(ended || changed('startTime')) && !neverStarts && now.finished && (startTime ?? undefined) === undefined, () => required('status.startTime', 'startTime is required for finished job')],
    [(ended || changed('uncountedTerminatedPods')) && now.finished && uncounted > 0, () => invalidValue('status.uncountedTerminatedPods', uncountedTerminatedPods, 'must be empty for finished job')],
    [(ended || changed('terminating')) && now.finished && terminating > 0, () => invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job')],
    [changed('ready', 'active') && ready > active, () => invalidValue('status.ready', ready, 'cannot set more ready pods than active')],
  ];
}

function indexRules({ job: { spec }, status, indexed, changed }: Context): Rule[] {
  const { completedIndexes = '', failedIndexes } = status;
  const { completions, backoffLimitPerIndex } = spec ?? {};
  const fault = (text: string): string | undefined => {
    const read = completions === undefined ? 0 : parseIndexes(text, completions);
    return typeof read === 'string' ? read : undefined;
  };
  const [completedFault, failedFault] = [fault(completedIndexes), backoffLimitPerIndex === undefined ? undefined : fault(failedIndexes ?? '')];
  const overlap = completions === undefined ? undefined : firstOverlap(completedIndexes, failedIndexes ?? '', completions);
  return [
    [changed('completedIndexes') && completedFault !== undefined, () => invalidValue('status.completedIndexes', completedIndexes, `error parsing completedIndexes: ${completedFault ?? ''}`)],
    [changed('failedIndexes') && failedFault !== undefined, () => invalidValue('status.failedIndexes', failedIndexes, `error parsing failedIndexes: ${failedFault ?? ''}`)],
    [changed('completedIndexes') && completedIndexes !== '' && !indexed, () => invalidValue('status.completedIndexes', completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode')],
    [changed('failedIndexes') && failedIndexes !== undefined && backoffLimitPerIndex === undefined, () => invalidValue('status.failedIndexes', failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null')],
    [changed('completedIndexes', 'failedIndexes') && overlap !== undefined, () => invalidValue('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${overlap ?? 0}`)],
  ];
}

/** Ends and counters do not go back, but for an indexed job that is made smaller; a job starts anew when it is resumed. */
function transitionRules({ job: { spec }, status, before, now, then, indexed, changed }: Context): Rule[] {
  const lasting = [['Failed', then.failed && !now.failed], ['Complete', then.complete && !now.complete], ['FailureTarget', then.target && !now.target]] as const;
  const scalable = indexed && spec?.completions === spec?.parallelism;
  const lessThan = (field: 'succeeded' | 'failed'): boolean => (status[field] ?? 0) < (before[field] ?? 0);
  const resuming = holds(before, 'Suspended') && holds(status, 'Suspended', 'False');
  const had = (time: string | null | undefined): boolean => time !== undefined && time !== null;
  return [
    ...lasting.map(([type, undone]): Rule => [undone, () => invalidOmitted(CONDITIONS, `cannot disable the terminal ${type}=True condition`)]),
    [lessThan('failed'), () => invalidValue('status.failed', status.failed ?? 0, 'cannot decrease the failed counter')],
    [lessThan('succeeded') && !scalable, () => invalidValue('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter')],
    [had(status.completionTime) && had(before.completionTime) && changed('completionTime'), () => invalidValue('status.completionTime', status.completionTime, 'field is immutable')],
    [changed('startTime') && !resuming && had(before.startTime) && spec?.suspend !== true, () => invalidValue('status.startTime', status.startTime ?? null, 'field is immutable for unsuspended job once set')],
    [then.criteria && !now.criteria, () => invalidOmitted(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition')],
    [then.complete && !then.criteria && now.criteria, () => invalidOmitted(CONDITIONS, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions')],
  ];
}
