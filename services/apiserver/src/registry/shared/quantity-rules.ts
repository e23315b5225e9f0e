import { invalidValue, parseQuantity, type FieldError } from '@kubernode/apimachinery';

const NANOS = 1_000_000_000n;

/** Quantities are shown as they are written; whatever comes here has been decoded as one already. */
export function nonNegativeQuantity(text: string, path: string): FieldError[] {
  return parseQuantity(text).nanos < 0n ? [invalidValue(path, text, 'must be greater than or equal to 0')] : [];
}

export function positiveQuantity(text: string, path: string): FieldError[] {
  return parseQuantity(text).nanos <= 0n ? [invalidValue(path, text, 'must be greater than zero')] : [];
}

export function wholeQuantity(text: string, path: string): FieldError[] {
  return parseQuantity(text).nanos % NANOS === 0n ? [] : [invalidValue(path, text, 'must be an integer')];
}
