import { timeToMs } from '@kubernode/apimachinery';
import { coreV1Resources, type coreV1 } from '@kubernode/api';
import type { IndexFunctions } from '@kubernode/client';
import { controllerOf, type Listers } from '@kubernode/controller';
import { conditionOf } from './conditions.ts';

type Pod = Readonly<coreV1.Pod>;

/** By the uid of the managing owner; pods without one by namespace. */
export const podsByController: IndexFunctions<coreV1.Pod> = {
  controllerUid: (pod) => [controllerOf(pod)?.uid ?? ''],
  claimable: (pod) => [controllerOf(pod)?.uid ?? `orphans of ${pod.metadata.namespace ?? ''}`],
};

/** The pods an owner has, and those it may adopt. Needs the index `claimable`. */
export function claimablePods(listers: Listers, owner: { metadata: { uid?: string; namespace?: string } }): readonly Pod[] {
  const pods = listers.of(coreV1Resources.pods);
  return [...pods.byIndex('claimable', owner.metadata.uid ?? ''), ...pods.byIndex('claimable', `orphans of ${owner.metadata.namespace ?? ''}`)];
}

export function isFinished({ status }: Pod): boolean { return status?.phase === 'Succeeded' || status?.phase === 'Failed'; }

export function isActivePod(pod: Pod): boolean { return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined; }

export function isTerminatingPod(pod: Pod): boolean { return !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined; }

export function isReadyPod({ status }: Pod): boolean { return conditionOf(status?.conditions, 'Ready')?.status === 'True'; }

/** When the pod became ready; undefined while it is not. */
export function readySinceMs({ status }: Pod): number | undefined {
  const ready = conditionOf(status?.conditions, 'Ready');
  return ready?.status === 'True' ? timeToMs(ready.lastTransitionTime) ?? 0 : undefined;
}

/** How long until a ready pod has been so for `minReadySeconds`: 0 when it is available, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const since = readySinceMs(pod);
  if (since === undefined) return undefined;
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - nowMs);
}

/** A pod of a template, owned by `owner`. */
export function podFromTemplate(template: Readonly<coreV1.PodTemplateSpec>, { namespace, generateName, ownerReference }: { namespace: string; generateName: string; ownerReference: object }): unknown {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      generateName, namespace, ownerReferences: [ownerReference],
      ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }),
    },
    spec: template.spec,
  };
}

/** Whether a create failed only because its namespace is being deleted, which nothing can be done about. */
export function isNamespaceTerminating(error: { details?: { causes?: { reason?: string }[] } | undefined }): boolean {
  return error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
}
