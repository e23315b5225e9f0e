import type { batchV1 } from '@kubernode/api';
import type { KubeObject } from '@kubernode/apimachinery';
import { templateWarnings } from '../shared/pod-spec/warnings.ts';
import { hostnameWarnings } from '../shared/workload-rules.ts';

type Job = Readonly<batchV1.Job & KubeObject>;

const COMPLETIONS_MANY = 100_000;
const PARALLELISM_MANY = 10_000;

export function jobWarnings(job: Job, old: Job | undefined, { subresource }: { subresource: string }): string[] {
  if (old === undefined) return [...hostnameWarnings(job.metadata.name), ...jobSpecWarnings(job.spec, 'spec')];
  return subresource === 'status' || job.metadata.generation === old.metadata.generation ? [] : jobSpecWarnings(job.spec, 'spec');
}

/** Warnings about a job's spec, in a job or in the template of a cron job. */
export function jobSpecWarnings(spec: Readonly<batchV1.JobSpec> | undefined, path: string): string[] {
  if (spec === undefined) return [];
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const tooMany = completionMode === 'Indexed' && completions > COMPLETIONS_MANY && parallelism > PARALLELISM_MANY;
  const text = 'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [...(tooMany ? [`${path}: ${text}`] : []), ...templateWarnings(template, `${path}.template`)];
}
