import type { coreV1 } from '@kubernode/api';
import type { ContainerDetail } from '../cri/cri-runtime.ts';
import { annotationKeys } from '../cri/labels.ts';
import type { Container, Pod } from '../pod/pod-facts.ts';

/** What is needed to end a container whose pod's object is gone, from what was written on it when it was made. */
export function restoreSpecs(pod: Pod, { name, annotations }: ContainerDetail): { pod: Pod; spec: Container } {
  const preStop = parsed<coreV1.LifecycleHandler>(annotations[annotationKeys.preStopHandler]);
  const ports = parsed<coreV1.ContainerPort[]>(annotations[annotationKeys.containerPorts]);
  return { pod, spec: { name, ...(preStop && { lifecycle: { preStop } }), ...(ports && { ports }) } };
}

/** The node agent wrote it itself; what cannot be read counts as not there. */
function parsed<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try { return JSON.parse(text) as T; } catch { return undefined; } // written by containerAnnotations
}
