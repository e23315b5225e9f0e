import type { Pod } from './pod-facts.ts';

/** Annotations that tell where a pod came from; the API server knows them too. */
export const sourceAnnotations = {
  /** Where this node has the pod from: `file` or `api`. */
  source: 'kubernetes.io/config.source',
  /** What the file's pod hashed to. */
  hash: 'kubernetes.io/config.hash',
  seen: 'kubernetes.io/config.seen',
  /** On the object in the API server that stands for a static pod: the hash it was made from. */
  mirror: 'kubernetes.io/config.mirror',
} as const;

const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

export function priorityOf(pod: Pod): number { return pod.spec?.priority ?? 0; }

/** A pod that this node has from a file, not from the API server. */
export function isStaticPod({ metadata: { annotations = {} } }: Pod): boolean {
  const source = annotations[sourceAnnotations.source];
  return source !== undefined && source !== 'api';
}

/** An object that only shows a static pod in the API server. */
export function isMirrorPod({ metadata: { annotations } }: Pod): boolean { return annotations?.[sourceAnnotations.mirror] !== undefined; }

/** Pods that the node cannot do without: never evicted, admitted under pressure, ended last. */
export function isCriticalPod(pod: Pod): boolean { return isStaticPod(pod) || isMirrorPod(pod) || priorityOf(pod) >= SYSTEM_CRITICAL_PRIORITY; }

/** Whether `preemptor` may take the place of a running pod. */
export function mayPreempt(preemptor: Pod, running: Pod): boolean {
  if (isCriticalPod(preemptor) && !isCriticalPod(running)) return true;
  return preemptor.spec?.priority !== undefined && running.spec?.priority !== undefined && preemptor.spec.priority > running.spec.priority;
}
