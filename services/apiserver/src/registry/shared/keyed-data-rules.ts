import { configKeyFaults, forbiddenField, invalidValue, type FieldError } from '@kubernode/apimachinery';

/** What a ConfigMap or Secret may hold in all. */
export const DATA_BYTES_MAX: number = 1024 * 1024;

export function keyFaults(data: Readonly<Record<string, unknown>> | undefined, path: string): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) => configKeyFaults(key).map((fault) => invalidValue(`${path}[${key}]`, key, fault)));
}

/** Bytes of values that are base64. */
export function base64Bytes(data: Readonly<Record<string, string>> | undefined): number {
  return Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value ?? '', 'base64'), 0);
}

/** Once immutable, always immutable, content included. */
export function immutableDataFaults<T extends { immutable?: boolean }>(object: Readonly<T>, old: Readonly<T>, fields: readonly (keyof T & string)[]): FieldError[] {
  if (old.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const changed = fields.filter((field) => !sameContent(object[field], old[field]));
  return [...(object.immutable === true ? [] : [forbiddenField('immutable', why)]), ...changed.map((field) => forbiddenField(field, why))];
}

function sameContent(a: unknown, b: unknown): boolean {
  const left = Object.entries((a ?? {}) as Record<string, string>); // string maps both
  const right = (b ?? {}) as Record<string, string>; // as above
  return left.length === Object.keys(right).length && left.every(([key, value]) => right[key] === value);
}
