import type { coreV1 } from '@kubernode/api';

type Taint = Pick<coreV1.Taint, 'key' | 'effect'> & { value?: string };

/** Whether one of the tolerations covers the taint. */
export function tolerates(tolerations: readonly coreV1.Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((one) => covers(one, taint)) === true;
}

function covers({ key = '', operator = 'Equal', value = '', effect = '' }: coreV1.Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case 'Exists': return true;
    case '': case 'Equal': return key !== '' && value === (taint.value ?? '');
    case 'Lt': return isInteger(taint.value) && isInteger(value) && Number(taint.value) < Number(value);
    case 'Gt': return isInteger(taint.value) && isInteger(value) && Number(taint.value) > Number(value);
    default: return false;
  }
}

function isInteger(text: string | undefined): boolean { return text !== undefined && /^-?\d+$/.test(text); }
