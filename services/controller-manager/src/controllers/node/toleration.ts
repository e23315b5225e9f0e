import type { coreV1 } from '@kubernode/api';

/** Whether a toleration is about this taint. */
export function covers({ key = '', operator = 'Equal', value = '', effect = '' }: Readonly<coreV1.Toleration>, taint: Readonly<coreV1.Taint>): boolean {
  if ((effect !== '' && effect !== taint.effect) || (key !== '' && key !== taint.key)) return false;
  return operator === 'Exists' || (key !== '' && value === (taint.value ?? ''));
}
