import type { EventRecorder } from '@kubernode/client';
import { fieldPath, type Pod } from '../pod/pod-facts.ts';

/** Tells users what happens to a pod, or to one of its containers. */
export interface PodEvents {
  normal(pod: Pod, reason: string, message: string, container?: string): void;
  warning(pod: Pod, reason: string, message: string, container?: string): void;
}

export function createPodEvents(recorder: Pick<EventRecorder, 'event'>): PodEvents {
  const record = (type: 'Normal' | 'Warning') => (pod: Pod, reason: string, message: string, container?: string): void => {
    recorder.event({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata, ...(container !== undefined && { fieldPath: fieldPath(pod, container) }) }, type, reason, message);
  };
  return { normal: record('Normal'), warning: record('Warning') };
}
