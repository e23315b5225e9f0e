import type { coreV1 } from '@kubernode/api';
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts';

/** How long pods stay on a node that is gone or not ready, when they do not say. */
const TOLERATION_SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Gives pods the tolerations by which they outlast a short outage of their node. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, group, resource, subresource, object }: AdmissionAttributes) {
    if (group !== '' || resource !== 'pods' || subresource !== '' || object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const { spec } = object as Partial<coreV1.Pod>; // pods, by the check above
    if (spec === undefined) return;
    const tolerations = spec.tolerations ?? [];
    const missing = TAINTS.filter((key) => !tolerations.some((one) => tolerates(one, key)));
    if (missing.length > 0) spec.tolerations = [...tolerations, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS }) as coreV1.Toleration)];
  },
};

function tolerates({ key = '', effect = '' }: coreV1.Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}
