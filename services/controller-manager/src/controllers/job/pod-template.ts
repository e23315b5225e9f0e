import { batchV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { controllerReference } from '@kubernode/controller';
import { podFromTemplate } from '../pods.ts';
import { countsAsFailure } from './failure-policy.ts';
import { COMPLETION_INDEX, FAILURE_COUNT, failureCountOf, hasLimitPerIndex, IGNORED_FAILURE_COUNT, ignoredFailureCountOf, TRACKING_FINALIZER } from './job-pods.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;
type Template = Readonly<coreV1.PodTemplateSpec>;

/** The part of a generated name that is not random. */
const NAME_PREFIX_MAX = 58;
const INDEX_VARIABLE: coreV1.EnvVar = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } };

/** The next pod of a job; `replaced` is the failed pod of the same index whose count of failures it carries on. */
export function newPod(job: Job, index: number | undefined, replaced: Pod | undefined): unknown {
  const { metadata, spec } = job;
  const template = tracked(index === undefined ? spec?.template ?? {} : withIndex(job, index, replaced));
  const generateName = index === undefined ? `${metadata.name}-` : `${metadata.name.slice(0, NAME_PREFIX_MAX - `-${index}-`.length)}-${index}-`;
  return podFromTemplate(template, { namespace: metadata.namespace ?? '', generateName, ownerReference: controllerReference(job, batchV1Resources.jobs) });
}

function tracked({ metadata, spec }: Template): Template {
  const finalizers = [...new Set([...metadata?.finalizers ?? [], TRACKING_FINALIZER])];
  return { metadata: { ...metadata, finalizers } as NonNullable<Template['metadata']>, ...(spec !== undefined && { spec }) }; // a template's metadata has no name
}

/** The index as label, annotation, host name and variable. */
function withIndex(job: Job, index: number, replaced: Pod | undefined): Template {
  const { metadata, spec } = job.spec?.template ?? {};
  const text = `${index}`;
  return {
    metadata: {
      ...metadata, labels: { ...metadata?.labels, [COMPLETION_INDEX]: text },
      annotations: { ...metadata?.annotations, [COMPLETION_INDEX]: text, ...(hasLimitPerIndex(job) && failureCounts(job, replaced)) },
    } as NonNullable<Template['metadata']>, // a template's metadata has no name
    ...(spec !== undefined && {
      spec: { ...spec, hostname: `${job.metadata.name}-${index}`, containers: spec.containers.map(told), ...(spec.initContainers !== undefined && { initContainers: spec.initContainers.map(told) }) },
    }),
  };
}

/** A variable of the user's own stays. */
function told(container: coreV1.Container): coreV1.Container {
  return container.env?.some(({ name }) => name === INDEX_VARIABLE.name) === true ? container : { ...container, env: [...container.env ?? [], INDEX_VARIABLE] };
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (replaced === undefined) return { [FAILURE_COUNT]: '0' };
  const counts = countsAsFailure(job.spec?.podFailurePolicy, replaced);
  const ignored = ignoredFailureCountOf(replaced) + Number(!counts);
  return { [FAILURE_COUNT]: `${failureCountOf(replaced) + Number(counts)}`, ...(ignored > 0 && { [IGNORED_FAILURE_COUNT]: `${ignored}` }) };
}
