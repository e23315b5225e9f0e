import { invalidValue, type FieldError } from '@kubernode/apimachinery';

const NOT_NEGATIVE = 'must be greater than or equal to 0';

export function nonNegative(value: number | null | undefined, path: string): FieldError[] {
  return value !== undefined && value !== null && value < 0 ? [invalidValue(path, value, NOT_NEGATIVE)] : [];
}

export function atLeast(min: number, value: number | null | undefined, path: string): FieldError[] {
  return value !== undefined && value !== null && value < min ? [invalidValue(path, value, `must be greater than or equal to ${min}`)] : [];
}
