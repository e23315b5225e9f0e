import type { Json } from './json.ts';
import { jsonEquals } from './patch/json-equals.ts';

/** Whether two values of the API are the same once written as JSON, in whatever order their fields come; fields that are undefined count as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  return jsonEquals(asJson(a), asJson(b));
}

function asJson(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value)) as Json; // what was just written as JSON
}
