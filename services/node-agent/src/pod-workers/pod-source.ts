import type { Informer } from '@kubernode/client';
import { isMirrorPod } from '../pod/pod-origin.ts';
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
    onChange: (listener) => pods.onChange((change) => { if (!isMirrorPod(change.object ?? change.previous as Pod)) listener(change); }), // one of the two is there
  };
}
