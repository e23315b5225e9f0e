import { isJsonObject, type JsonObject } from '@kubernode/apimachinery';
import { encodeJson } from '../values/encode-json.ts';
import type { Values } from '../values/values.ts';

/** Values as JSON. */
export function plainValues(values: Values): JsonObject {
  const plain: unknown = JSON.parse(encodeJson(new Map(values)) ?? '{}');
  return isJsonObject(plain) ? plain : {};
}
