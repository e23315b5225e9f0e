import type { batchV1 } from '@kubernode/api';
import { invalidValue, isTimeZone, notSupported, parseCronSchedule, required, type FieldError, type KubeObject } from '@kubernode/apimachinery';
import { nonNegative } from '../shared/number-rules.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import { hostnameWarnings } from '../shared/workload-rules.ts';
import type { Strategy } from '../strategy.ts';
import { defaultJobTemplate } from './job.ts';
import { jobSpecFaults } from './job-rules.ts';
import { jobSpecWarnings } from './job-warnings.ts';

type CronJob = batchV1.CronJob & KubeObject;

/** Jobs are named after it with eleven characters behind. */
const NAME_LENGTH_MAX = 52;
const POLICIES = ['Allow', 'Forbid', 'Replace'];

export const cronJobStrategy: Strategy<CronJob> = {
  defaults(object) {
    const spec = (object.spec ??= { schedule: '', jobTemplate: {} });
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec !== undefined) defaultJobTemplate(spec.jobTemplate.spec);
  },
  prepareForCreate(object) {
    object.status = {};
    dropUnservedTemplateFields(object.spec?.jobTemplate?.spec?.template);
  },
  prepareForUpdate: ({ spec }) => { dropUnservedTemplateFields(spec?.jobTemplate?.spec?.template); },
  validate: ({ metadata, spec }) => [
    ...(metadata.name.length > NAME_LENGTH_MAX ? [invalidValue('metadata.name', metadata.name, `must be no more than ${NAME_LENGTH_MAX} characters`)] : []), ...specFaults(spec, undefined),
  ],
  validateUpdate: (object, old, { subresource }) => (subresource === 'status' ? [] : specFaults(object.spec, old.spec)),
  warnings: cronJobWarnings,
  generationFields: ['spec'],
};

function cronJobWarnings({ metadata, spec }: Readonly<CronJob>, old: Readonly<CronJob> | undefined, { subresource }: { subresource: string }): string[] {
  const template = (): string[] => jobSpecWarnings(spec?.jobTemplate?.spec, 'spec.jobTemplate.spec');
  if (old === undefined) return [...hostnameWarnings(metadata.name), ...template()];
  if (subresource === 'status') return [];
  const zone = 'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
  return [...(old.metadata.generation === metadata.generation ? [] : template()), ...(spec?.schedule.includes('TZ') === true ? [zone] : [])];
}

function specFaults(spec: Readonly<batchV1.CronJobSpec> | undefined, old: Readonly<batchV1.CronJobSpec> | undefined): FieldError[] {
  const { schedule = '', timeZone, concurrencyPolicy: policy = '', jobTemplate } = spec ?? {};
  const job: Readonly<batchV1.JobSpec> = jobTemplate?.spec ?? { template: {} };
  return [
    ...(schedule === '' ? [required('spec.schedule')] : scheduleFaults(schedule, timeZone, old?.schedule.includes('TZ') === true)),
    ...nonNegative(spec?.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'), ...(old !== undefined && old.timeZone === timeZone ? [] : zoneFaults(timeZone)),
    ...(POLICIES.includes(policy) ? [] : [notSupported('spec.concurrencyPolicy', policy, POLICIES)]),
    ...jobSpecFaults(job, 'spec.jobTemplate.spec'),
    ...(job.selector === undefined ? [] : [invalidValue('spec.jobTemplate.spec.selector', job.selector, '`selector` will be auto-generated')]),
    ...(job.manualSelector === true ? [notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false'])] : []),
    ...nonNegative(spec?.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'), ...nonNegative(spec?.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function scheduleFaults(schedule: string, timeZone: string | undefined, hadZone: boolean): FieldError[] {
  const parsed = parseCronSchedule(schedule);
  const errors = 'fault' in parsed ? [invalidValue('spec.schedule', schedule, parsed.fault)] : [];
  if (!schedule.includes('TZ')) return errors;
  if (!hadZone) return [...errors, invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')];
  return timeZone === undefined ? errors : [...errors, invalidValue('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')];
}

function zoneFaults(zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalidValue('spec.timeZone', zone, 'timeZone must be nil or non-empty string')];
  const unknown = [invalidValue('spec.timeZone', zone, `unknown time zone ${zone}`)];
  if (zone.split('/').some((part) => part === '.' || part === '..' || !/^[A-Za-z.\-_0-9+]{1,255}$/.test(part) || part.startsWith('-'))) return unknown;
  if (zone.toLowerCase() === 'local') return [invalidValue('spec.timeZone', zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(zone) ? [] : unknown;
}
