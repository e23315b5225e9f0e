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

/** Pods that are bound, by their node. */
export const podsByNode: IndexFunctions<coreV1.Pod> = { nodeName: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]) };

/** The pods an owner has, and those it may adopt. Needs the index `claimable`. */
export function claimablePods(listers: Listers, owner: { metadata: { uid?: string; namespace?: string } }): readonly Pod[] {
  const pods = listers.of(coreV1Resources.pods);
  return [...pods.byIndex('claimable', owner.metadata.uid ?? ''), ...pods.byIndex('claimable', `orphans of ${owner.metadata.namespace ?? ''}`)];
}

export function isFinished({ status }: Pod): boolean { return status?.phase === 'Succeeded' || status?.phase === 'Failed'; }

export function isActivePod(pod: Pod): boolean { return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined; }

export function isTerminatingPod(pod: Pod): boolean { return !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined; }

export function isReadyPod({ status }: Pod): boolean { return conditionOf(status?.conditions, 'Ready')?.status === 'True'; }

/** When the pod became ready; undefined while it is not, or where its condition does not tell. */
export function readySinceMs({ status }: Pod): number | undefined {
  const ready = conditionOf(status?.conditions, 'Ready');
  return ready?.status === 'True' ? timeToMs(ready.lastTransitionTime) ?? undefined : undefined;
}

/** How long until a ready pod has been so for `minReadySeconds`: 0 when it is available, undefined when it will not become so by waiting. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (minReadySeconds === 0) return isReadyPod(pod) ? 0 : undefined;
  const since = readySinceMs(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - nowMs);
}

/** When the next of these pods becomes available; undefined when none is about to. */
export function nextAvailableInMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waits = pods.map((pod) => availableInMs(pod, minReadySeconds, nowMs)).filter((ms) => ms !== undefined && ms > 0) as number[]; // filtered
  return waits.length === 0 ? undefined : Math.min(...waits);
}

const NAME_MAX = 253;

/** What the names of an owner's pods begin with. */
export function podNamePrefix(ownerName: string): string { return ownerName.length < NAME_MAX ? `${ownerName}-` : ownerName; }

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
