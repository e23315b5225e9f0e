import { matchesLabels, selectorFromLabelSelector } from '@kubernode/apimachinery';
import { batchV1Resources, coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import { controllerOf, watch, type Listers, type Watch } from '@kubernode/controller';
import { claimablePods, podsByController } from '../pods.ts';
import { noFailures, type FailureMemory, type Failures } from './back-off.ts';
import { finishedCondition } from './job-outcome.ts';
import { isTracked } from './job-pods.ts';
import type { JobMetrics } from './metrics.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;

/** What is known about a job: its pods, those it may adopt, and pods that wait for a job of its name that is no more. */
export interface JobSnapshot {
  job: Job | undefined;
  pods: readonly Pod[];
  orphans: readonly Pod[];
  failures: Failures;
  /** Whether the pods are known to be no older than the job. */
  fresh: boolean;
  /** Told of what is done. */
  metrics: JobMetrics;
}

const jobs = batchV1Resources.jobs;
const pods = coreV1Resources.pods;
const OWN_MANAGER = 'kubernetes.io/job-controller';
/** Pods of a job end in bursts; looked at once a second, a burst is one write of the status. */
const BATCH_MS = 1000;
/** Keys of tracked pods that no job owns; no name has a colon. */
const ORPHAN = 'pod:';

/** A change of what a job should be is met at once, what becomes of it in batches. */
export const jobWatches: readonly Watch[] = [
  watch<batchV1.Job>({
    resource: jobs,
    batchMs: ({ object, previous }) => (object !== undefined && object.metadata.generation === previous?.metadata.generation ? BATCH_MS : 0),
    keys: ({ key }) => [key],
  }),
  watch<coreV1.Pod>({
    resource: pods, batchMs: () => BATCH_MS,
    indexes: { ...podsByController, trackedByJob: (pod) => (isTracked(pod) && isOfJob(pod) ? [jobKeyOf(pod)] : []) },
    keys: ({ object, previous }, listers) => [object, previous].flatMap((pod) => (pod === undefined ? [] : keysOf(pod, listers))),
  }),
];

function keysOf(pod: Pod, listers: Listers): readonly string[] {
  if (controllerOf(pod) !== undefined) return isOfJob(pod) ? [jobKeyOf(pod)] : [];
  const takers = takersOf(pod, listers).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  return takers.length === 0 && isTracked(pod) ? [`${pod.metadata.namespace ?? ''}/${ORPHAN}${pod.metadata.name}`] : takers;
}

/** The jobs that may adopt a pod. */
function takersOf(pod: Pod, listers: Listers): readonly Job[] {
  return listers.of(jobs).inNamespace(pod.metadata.namespace ?? '')
    .filter((job) => finishedCondition(job) === undefined && job.metadata.deletionTimestamp === undefined && job.spec?.selector !== undefined && matchesLabels(selectorFromLabelSelector(job.spec.selector), pod.metadata.labels));
}

function isOfJob(pod: Pod): boolean {
  const owner = controllerOf(pod);
  return owner?.kind === 'Job' && owner.apiVersion === 'batch/v1';
}

function jobKeyOf(pod: Pod): string { return `${pod.metadata.namespace ?? ''}/${controllerOf(pod)?.name ?? ''}`; }

/** Undefined when nothing is to be done. A job that another controller manages is as good as none. */
export function readJob(key: string, listers: Listers, { memory, metrics }: { memory: FailureMemory; metrics: JobMetrics }): JobSnapshot | undefined {
  const job = listers.of(jobs).get(key);
  const ended = job === undefined || finishedCondition(job) !== undefined;
  if (ended) memory.forget(key);
  const orphans = key.includes(`/${ORPHAN}`) ? lonelyPod(key, listers) : listers.of(pods).byIndex('trackedByJob', key).filter((pod) => controllerOf(pod)?.uid !== job?.metadata.uid);
  if (job === undefined || externalManager(job) !== undefined) {
    return orphans.length === 0 ? undefined : { job: undefined, pods: [], orphans, failures: noFailures, fresh: true, metrics };
  }
  const candidates = ended ? listers.of(pods).byIndex('claimable', job.metadata.uid ?? '') : claimablePods(listers, job);
  return {
    job, pods: candidates, orphans, metrics,
    failures: ended ? noFailures : memory.note(key, job, candidates.filter((pod) => controllerOf(pod) !== undefined)),
    fresh: listers.seenUpTo(pods) >= Number(job.metadata.resourceVersion ?? 0),
  };
}

/** Who sees to the job instead of this controller. */
export function externalManager({ spec }: Readonly<batchV1.Job>): string | undefined {
  const manager = spec?.managedBy ?? OWN_MANAGER;
  return manager === OWN_MANAGER ? undefined : manager;
}

function lonelyPod(key: string, listers: Listers): readonly Pod[] {
  const pod = listers.of(pods).get(key.replace(ORPHAN, ''));
  return pod === undefined || !isTracked(pod) || controllerOf(pod) !== undefined || takersOf(pod, listers).length > 0 ? [] : [pod];
}
