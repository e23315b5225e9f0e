import { goJson, goQuote } from '../codec/go-text.ts';

/** The kinds of field errors, as causes name them. */
export type FieldErrorReason =
  | 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueDuplicate' | 'FieldValueForbidden' | 'FieldValueNotFound'
  | 'FieldValueNotSupported' | 'FieldValueTooLong' | 'FieldValueTooShort' | 'FieldValueTooMany' | 'InternalError' | 'FieldValueTypeInvalid';

/** One fault of one field: `field` is its path, `message` what stands behind the colon. */
export interface FieldError { reason: FieldErrorReason; field: string; message: string }

/** Values are shown as Kubernetes shows them: strings by Go's %q, others as Go's JSON. */
export function showFieldValue(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : goJson(value);
}

/** All faults as one text: the fault alone, or `[a, b]` without repetitions. */
export function formatFieldErrors(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return texts.length === 1 ? texts[0] ?? '' : `[${texts.join(', ')}]`;
}

const withDetail = (head: string, detail: string): string => (detail === '' ? head : `${head}: ${detail}`);
const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: withDetail('Required value', detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: withDetail(`Invalid value: ${showFieldValue(value)}`, detail) };
}

/** An invalid map: unlike a struct's, its keys are shown sorted. */
export function invalidMap(field: string, value: Readonly<Record<string, unknown>> | null | undefined, detail: string): FieldError {
  return invalidValue(field, value === null || value === undefined ? null : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))), detail);
}

/** An invalid value that the message leaves out. */
export function invalidOmitted(field: string, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: withDetail('Invalid value', detail) };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueTypeInvalid', field, message: withDetail(`Invalid value: ${showFieldValue(value)}`, detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${showFieldValue(value)}` };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: withDetail('Forbidden', detail) };
}

export function notFoundValue(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueNotFound', field, message: `Not found: ${showFieldValue(value)}` };
}

/** A value outside a closed set; the set is listed in the given order. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const list = supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, message: withDetail(`Unsupported value: ${showFieldValue(value)}`, list) };
}

export function tooLong(field: string, maxBytes: number): FieldError {
  return { reason: 'FieldValueTooLong', field, message: `Too long: may not be more than ${plural(maxBytes, 'byte')}` };
}

export function tooShort(field: string, min: number): FieldError {
  return { reason: 'FieldValueTooShort', field, message: `Too short: must be at least ${plural(min, 'character')}` };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return { reason: 'FieldValueTooMany', field, message: `Too many: ${actual}: must have at most ${plural(max, 'item')}` };
}

export function internalFieldError(field: string, detail: string): FieldError {
  return { reason: 'InternalError', field, message: withDetail('Internal error', detail) };
}
