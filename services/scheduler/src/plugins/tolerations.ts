import type { coreV1 } from '@kubernode/api';

type Taint = Pick<coreV1.Taint, 'key' | 'effect'> & { value?: string };
type Tolerations = readonly coreV1.Toleration[] | undefined;

/** Whether one of the tolerations covers the taint. */
export function tolerates(tolerations: Tolerations, taint: Taint): boolean {
  return tolerations?.some((one) => covers(one, taint)) === true;
}

/** Whether none of the taints keeps a pod off. Soft ones do not. */
export function toleratesAll(tolerations: Tolerations, taints: readonly Taint[] | undefined): boolean {
  return taints?.every((one) => (one.effect !== 'NoSchedule' && one.effect !== 'NoExecute') || tolerates(tolerations, one)) ?? true;
}

function covers({ key = '', operator = 'Equal', value = '', effect = '' }: coreV1.Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case 'Exists': return true;
    case '': case 'Equal': return value === (taint.value ?? '');
    default: return false; // comparisons belong to a feature that is off
  }
}
