import { jsonEquals, type Json } from '@kubernode/apimachinery';

/** Whether two values of the API are the same once written as JSON; fields that are undefined count as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  return jsonEquals(asJson(a), asJson(b));
}

function asJson(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value)) as Json; // what was just written as JSON
}

/** Without the fields that Kubernetes leaves out when they are zero. */
export function withoutZeros<T extends object>(value: T, kept: readonly (keyof T)[] = []): T {
  return Object.fromEntries(Object.entries(value).filter(([name, one]) => one !== undefined && (kept.includes(name as keyof T) || (one !== 0 && one !== '')))) as T; // the same fields, some left out
}
