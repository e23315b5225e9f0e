import type { coreV1 } from '@kubernode/api';

/** Whether the pod has, or was promised, a place on a node; only then does its going make room. */
export function occupies({ spec, status }: Readonly<coreV1.Pod>): boolean {
  return (spec?.nodeName ?? '') !== '' || (status?.nominatedNodeName ?? '') !== '';
}
