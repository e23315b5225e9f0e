import type { batchV1 } from '@kubernode/api';
import { labelValueFaults, type KubeObject } from '@kubernode/apimachinery';
import { defaultPodTemplate } from '../shared/pod-spec/defaults.ts';
import { dropUnservedTemplateFields } from '../shared/pod-spec/dropped-fields.ts';
import type { Strategy } from '../strategy.ts';
import { jobFaults } from './job-rules.ts';
import { jobWarnings } from './job-warnings.ts';
import { jobStatusFaults } from './job-status-rules.ts';
import { jobUpdateFaults } from './job-update-rules.ts';

type Job = batchV1.Job & KubeObject;

const BACKOFF_LIMIT = 6;
const BACKOFF_UNLIMITED = 2 ** 31 - 1;
const NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name'];
const UID_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid'];
const SELECTED_LABEL = 'batch.kubernetes.io/controller-uid';

export const jobStrategy: Strategy<Job> = {
  defaults(job) {
    const spec = (job.spec ??= { template: {} });
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : BACKOFF_UNLIMITED;
    spec.completionMode ??= 'NonIndexed';
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
    spec.manualSelector ??= false;
    defaultJobTemplate(spec);
    shareLabels(job);
  },
  prepareForCreate(job) {
    if (job.spec?.manualSelector !== true) generateSelector(job);
    shareLabels(job);
    dropUnservedTemplateFields(job.spec?.template);
    job.status = {};
  },
  prepareForUpdate: ({ spec }) => { dropUnservedTemplateFields(spec?.template); },
  validate: jobFaults,
  validateUpdate: (job, old, { subresource }) => (subresource === 'status' ? jobStatusFaults(job, old) : jobUpdateFaults(job, old)),
  warnings: jobWarnings,
  selectableFields: ({ status }) => ({ 'status.successful': String(status?.succeeded ?? 0) }),
  generationFields: ['spec'],
  judgesMetadataAgain: true,
  orphansByDefault: true,
  warningOnDelete: 'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};

/** Defaults of the parts that jobs and the templates of cron jobs share. */
export function defaultJobTemplate({ template, podFailurePolicy }: batchV1.JobSpec): void {
  defaultPodTemplate(template);
  for (const { onPodConditions } of podFailurePolicy?.rules ?? []) for (const pattern of onPodConditions ?? []) if ((pattern.status ?? '') === '') pattern.status = 'True';
}

/** A job without labels of its own has those of its pods. */
function shareLabels({ metadata, spec }: Job): void {
  const labels = spec?.template?.metadata?.labels;
  const valid = Object.values(labels ?? {}).every((value) => labelValueFaults(value).length === 0); // others are the template's fault alone
  if (labels !== undefined && valid && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

/** A job finds its pods by its own uid, which no other object has. */
function generateSelector({ metadata, spec }: Job): void {
  if (spec === undefined) return;
  const template = (spec.template ??= {});
  const named = Object.fromEntries(NAME_LABELS.map((label) => [label, metadata.name]));
  const marked = Object.fromEntries(UID_LABELS.map((label) => [label, metadata.uid ?? '']));
  template.metadata = { ...template.metadata, labels: { ...named, ...marked, ...template.metadata?.labels } } as typeof metadata; // templates have no name
  spec.selector = { ...spec.selector, matchLabels: { [SELECTED_LABEL]: metadata.uid ?? '', ...spec.selector?.matchLabels } };
}
