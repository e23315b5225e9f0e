import { timeToMs } from '@kubernode/apimachinery';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { controllerReference, type Action } from '@kubernode/controller';
import { isActivePod, isNamespaceTerminating, podFromTemplate } from '../pods.ts';
import { COMPLETION_INDEX } from './completion-indexes.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** Keeps an ended pod until it has been counted. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
const GENERATE_NAME_MAX = 58;

export function isTracked({ metadata }: Pod): boolean { return metadata.finalizers?.includes(TRACKING_FINALIZER) === true; }

export function isIndexed({ spec }: Job): boolean { return spec?.completionMode === 'Indexed'; }

/** Whether a pod counts as failed: by itself, or because it is being taken away while it would have run. */
export function isFailedPod(pod: Pod, { spec }: Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return spec?.podReplacementPolicy !== 'Failed' && pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded';
}

/** How often the index of this pod had failed before it. */
export function failuresBefore({ metadata }: Pod): number { return Number(metadata.annotations?.[FAILURE_COUNT] ?? 0); }

/** When the last container ended; when a deleted pod, was deleted. */
export function endedMs({ metadata, status }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => timeToMs(state?.terminated?.finishedAt) ?? 0);
  return Math.max(0, ...ends) || timeToMs(metadata.deletionTimestamp) || timeToMs(metadata.creationTimestamp) || 0;
}

/** Actions that make pods; for indexed jobs one for each of the indexes, for others that many. */
export function createPods(job: Job, indexes: readonly (number | undefined)[], failuresOf: (index: number) => number): Action {
  return {
    do: 'slow-start',
    actions: indexes.map((index): Action => ({
      do: 'create', resource: coreV1Resources.pods, object: newPod(job, index, index === undefined ? 0 : failuresOf(index)),
      then: (created) => [{ do: 'event', about: job, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${created.metadata.name}` }],
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [{ do: 'event', about: job, type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }] }),
    })),
  };
}

function newPod(job: Job, index: number | undefined, failures: number): unknown {
  const { metadata, spec } = job;
  const template = spec?.template ?? {};
  const generateName = index === undefined ? `${metadata.name}-` : `${metadata.name.slice(0, GENERATE_NAME_MAX - String(index).length - 2)}-${index}-`;
  const indexed = index === undefined ? template : withIndex(template, `${index}`, metadata.name, spec?.backoffLimitPerIndex === undefined ? undefined : failures);
  const finalizers = [...indexed.metadata?.finalizers ?? [], TRACKING_FINALIZER];
  return podFromTemplate({ ...indexed, metadata: { ...indexed.metadata, finalizers } as NonNullable<typeof template.metadata> }, { // a template's metadata has no name
    namespace: metadata.namespace ?? '', generateName, ownerReference: controllerReference(job, batchV1Resources.jobs),
  });
}

function withIndex(template: coreV1.PodTemplateSpec, index: string, jobName: string, failures: number | undefined): coreV1.PodTemplateSpec {
  const { metadata, spec } = template;
  const env = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } };
  const told = (container: coreV1.Container): coreV1.Container => (container.env?.some(({ name }) => name === env.name) === true ? container : { ...container, env: [...container.env ?? [], env] });
  const annotations = { ...metadata?.annotations, [COMPLETION_INDEX]: index, ...(failures !== undefined && { [FAILURE_COUNT]: `${failures}` }) };
  return {
    metadata: { ...metadata, labels: { ...metadata?.labels, [COMPLETION_INDEX]: index }, annotations } as NonNullable<typeof metadata>, // a template's metadata has no name
    ...(spec !== undefined && { spec: { ...spec, hostname: `${jobName}-${index}`, containers: spec.containers.map(told), ...(spec.initContainers !== undefined && { initContainers: spec.initContainers.map(told) }) } }),
  };
}

/** Lets a pod go of its own; one that no longer counts (`uncounted`) loses its finalizer first. */
export function deletePods(job: Job, pods: readonly Pod[], { uncounted }: { uncounted: boolean }): Action[] {
  const deletions = pods.map(({ metadata: { name, namespace, uid } }): Action => ({
    do: 'delete', resource: coreV1Resources.pods, target: { name, namespace }, uid,
    then: () => [{ do: 'event', about: job, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` }],
    otherwise: (error) => ({ actions: [{ do: 'event', about: job, type: 'Warning', reason: 'FailedDelete', message: `Error deleting: ${error.message}` }] }),
  }));
  if (pods.length === 0) return [];
  return [...(uncounted ? [dropFinalizers(pods)] : []), { do: 'all', actions: deletions }];
}

export function dropFinalizers(pods: readonly Pod[]): Action {
  return {
    do: 'all',
    actions: pods.filter(isTracked).map(({ metadata: { name, namespace, uid } }): Action => ({
      do: 'patch', resource: coreV1Resources.pods, target: { name, namespace },
      patch: { type: 'strategic', body: { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } } },
      otherwise: ({ reason }) => ({ handled: reason === 'NotFound' || reason === 'Conflict' || reason === 'Invalid' }), // gone, or another of that name
    })),
  };
}

export function activePods(pods: readonly Pod[]): Pod[] { return pods.filter(isActivePod); }
