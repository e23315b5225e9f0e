import type { Informer } from '@kubernode/client';
import { isMirrorPod, isStaticPod, sourceAnnotations } from '../pod/pod-origin.ts';
import type { Pod } from '../pod/pod-facts.ts';

/** A pod that came (no `previous`), changed, or went (no `object`). */
export interface PodChange { object?: Pod; previous?: Pod }

/** Where a node has pods from. */
export interface PodSource {
  /** Resolves once all pods of the source are known, so that what else runs is an orphan. */
  synced(signal: AbortSignal): Promise<void>;
  /** Synchronous; called for all known pods when added. */
  onChange(listener: (change: PodChange) => void): Disposable;
}

/** The pods that the API server has bound to the node, once `ready` holds; objects that only mirror static pods are left out. */
export function apiPodSource(pods: Informer<Pod>, ready: (signal: AbortSignal) => Promise<void>): PodSource {
  return {
    async synced(signal) { await pods.synced(signal); await ready(signal); },
    onChange: (listener) => pods.onChange(({ object, previous }) => {
      if (!isMirrorPod(object ?? previous as Pod)) listener({ ...(object && { object: ofServer(object) }), ...(previous && { previous }) }); // one of the two is there
    }),
  };
}

/** Whoever writes on a pod that it comes from a file of the node would have it treated as indispensable. */
function ofServer(pod: Pod): Pod {
  if (!isStaticPod(pod)) return pod;
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [sourceAnnotations.source]: 'api' } } };
}
