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

/** One pod for each of `indexes`; `replacedBy` gives the failed pod of an index. */
export function createPods(job: Job, indexes: readonly (number | undefined)[], { replacedBy, failed }: { replacedBy(index: number): Pod | undefined; failed: Failed }): Action {
  return {
    do: 'slow-start', failed,
    actions: indexes.map((index): Action => ({
      do: 'create', resource: pods, object: newPod(job, index, index === undefined ? undefined : replacedBy(index)),
      then: (created) => [tell(job, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)],
      otherwise: (error) => (isNamespaceTerminating(error) ? { handled: true } : { actions: [tell(job, 'Warning', 'FailedCreate', `Error creating: ${error.message}`)] }),
    })),
  };
}

/** Pods that do not count any more lose their finalizer first (`uncounted`); those of a job that ends keep it until they are counted. */
export function deletePods(job: Job, victims: readonly Pod[], { uncounted, failed }: { uncounted: boolean; failed: Failed }): readonly Action[] {
  if (victims.length === 0) return [];
  const deletions = victims.map(({ metadata: { name, namespace, uid } }): Action => ({
    do: 'delete', resource: pods, target: { name, namespace }, uid,
    then: () => [tell(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)],
    otherwise: (error) => ({ actions: [tell(job, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`)] }),
  }));
  return [...(uncounted ? dropFinalizers(victims) : []), { do: 'all', actions: deletions, failed }];
}

/** Lets pods go. One that is gone already counts as let go, but for no other refusal: it would be counted twice. */
export function dropFinalizers(letGo: readonly Pod[]): readonly Action[] {
  const patches = letGo.filter(isTracked).map(({ metadata: { name, namespace, uid } }): Action => ({
    do: 'patch', resource: pods, target: { name, namespace },
    patch: { type: 'strategic', body: { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } } },
    otherwise: (error) => ({ handled: isGone(error) }),
  }));
  return patches.length === 0 ? [] : [{ do: 'all', actions: patches }];
}

/** There is no pod of that name, or it is another one by now, whose uid cannot be changed to the one in the patch. */
function isGone({ reason, message, details }: StatusError): boolean {
  return reason === 'NotFound' || (reason === 'Conflict' && message.includes('UID in precondition')) || (reason === 'Invalid' && details?.causes?.some(({ field }) => field === 'metadata.uid') === true);
}

export function tell(about: Job, type: 'Normal' | 'Warning', reason: string, message: string): Action { return { do: 'event', about, type, reason, message }; }
