import { invalidValue, notSupported, required, type FieldError } from '@kubernode/apimachinery';

/** What a rule of names says of a value, as faults of its field. */
export function ruleFaults(value: string, path: string, rule: (value: string) => readonly string[]): FieldError[] {
  return rule(value).map((fault) => invalidValue(path, value, fault));
}

/** Faults of a value of a closed set that may be absent. */
export function oneOf(value: string | undefined, path: string, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** Faults of a value of a closed set that has to be there. */
export function requiredOneOf(value: string | undefined, path: string, supported: readonly string[]): FieldError[] {
  return value === undefined || value === '' ? [required(path)] : oneOf(value, path, supported);
}

/** A value that has to be there and must say something: a text, a list. */
export function filled(value: string | readonly unknown[] | null | undefined, path: string, detail = ''): FieldError[] {
  return (value ?? '').length === 0 ? [required(path, detail)] : [];
}
