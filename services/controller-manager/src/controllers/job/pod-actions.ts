import type { StatusError } from '@kubernode/apimachinery';
import { coreV1Resources, type batchV1, type coreV1 } from '@kubernode/api';
import type { Action } from '@kubernode/controller';
import { isNamespaceTerminating } from '../pods.ts';
import { isTracked, TRACKING_FINALIZER } from './job-pods.ts';
import { newPod } from './pod-template.ts';

type Job = Readonly<batchV1.Job>;
type Pod = Readonly<coreV1.Pod>;
type Failed = (error: StatusError, done: number) => readonly Action[];

const pods = coreV1Resources.pods;

export interface Creation {
  /** The failed pod of an index. */
  replacedBy(index: number): Pod | undefined;
  failed: Failed;
  /** Told of each pod that was made or refused. */
  onCreation(status: 'succeeded' | 'failed'): void;
}

/** One pod for each of `indexes`. */
export function createPods(job: Job, indexes: readonly (number | undefined)[], { replacedBy, failed, onCreation }: Creation): Action {
  return {
    do: 'slow-start', failed,
    actions: indexes.map((index): Action => ({
      do: 'create', resource: pods, object: newPod(job, index, index === undefined ? undefined : replacedBy(index)),
      then: (created) => [tell(job, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`), { do: 'remember', note: () => { onCreation('succeeded'); } }],
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [tell(job, 'Warning', 'FailedCreate', `Error creating: ${error.message}`), { do: 'remember', note: () => { onCreation('failed'); } }] }),
    })),
  };
}

/**
 * Deletes pods. Those of a job that ends keep their finalizer until they are counted; those that shall not count (`uncounted`) lose it
 * first, but only as they were seen: one that ended meanwhile has to be counted after all, and fails the reconcile.
 */
export function deletePods(job: Job, victims: readonly Pod[], { uncounted, failed }: { uncounted: boolean; failed: Failed }): readonly Action[] {
  if (victims.length === 0) return [];
  const actions = victims.map((pod): Action => {
    const deletion = deletePod(job, pod);
    return uncounted && isTracked(pod) ? { ...dropFinalizer(pod, { resourceVersion: pod.metadata.resourceVersion }), then: () => [deletion] } : deletion;
  });
  return [{ do: 'all', actions, failed }];
}

function deletePod(job: Job, { metadata: { name, namespace, uid } }: Pod): Action {
  return {
    do: 'delete', resource: pods, target: { name, namespace }, uid,
    then: () => [tell(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)],
    otherwise: (error) => ({ actions: [tell(job, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`)] }),
  };
}

/** Lets pods go. */
export function dropFinalizers(letGo: readonly Pod[]): readonly Action[] {
  const patches = letGo.filter(isTracked).map((pod) => dropFinalizer(pod));
  return patches.length === 0 ? [] : [{ do: 'all', actions: patches }];
}

/** One that is gone already counts as let go, but for no other refusal: it would be counted twice. */
function dropFinalizer({ metadata: { name, namespace, uid } }: Pod, precondition: { resourceVersion?: string | undefined } = {}): Extract<Action, { do: 'patch' }> {
  return {
    do: 'patch', resource: pods, target: { name, namespace },
    patch: { type: 'strategic', body: { metadata: { uid, ...precondition, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } } },
    otherwise: (error) => ({ handled: isGone(error) }),
  };
}

/** There is no pod of that name, or it is another one by now, whose uid cannot be changed to the one in the patch. */
function isGone({ reason, message, details }: StatusError): boolean {
  return reason === 'NotFound' || (reason === 'Conflict' && message.includes('UID in precondition')) || (reason === 'Invalid' && details?.causes?.some(({ field }) => field === 'metadata.uid') === true);
}

export function tell(about: Job, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }
