import type { coreV1 } from '@kubernode/api';

type Toleration = Readonly<coreV1.Toleration>;
type Taint = Readonly<coreV1.Taint>;

/** Whether a toleration is about this taint. */
export function covers({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if ((effect !== '' && effect !== taint.effect) || (key !== '' && key !== taint.key)) return false;
  return operator === 'Exists' || ((operator === 'Equal' || operator === '') && value === (taint.value ?? ''));
}

/** For each taint the first toleration that is about it; undefined when a taint is not tolerated. */
export function matchingTolerations(taints: readonly Taint[], tolerations: readonly Toleration[]): Toleration[] | undefined {
  const used = taints.map((taint) => tolerations.find((one) => covers(one, taint)));
  return used.every((one) => one !== undefined) ? used : undefined;
}
