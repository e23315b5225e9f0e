import { isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';
import type { ObjectPatch } from './release-cluster.ts';

/** The field manager of what Helm writes, and of what we write in its place. */
export const FIELD_MANAGER = 'helm';

/**
 * Fields that a release set by ordinary writes belong to another entry than those it applies: left alone, what a chart no longer sets would
 * stay for ever. The patch that makes one entry of both before the first apply; undefined when there is nothing to join. It holds only for
 * the version of the object that it was made from.
 */
export function takeOverFields(live: JsonObject): ObjectPatch | undefined {
  const metadata = isJsonObject(live['metadata']) ? live['metadata'] : {};
  const entries = (Array.isArray(metadata['managedFields']) ? metadata['managedFields'] : []).filter(isJsonObject);
  const ours = entries.filter((entry) => entry['manager'] === FIELD_MANAGER && (entry['subresource'] ?? '') === '');
  if (!ours.some(({ operation }) => operation === 'Update')) return undefined;
  const joined: JsonObject = { ...ours[0], operation: 'Apply', fieldsV1: ours.reduce<Json>((all, entry) => union(all, entry['fieldsV1'] ?? {}), {}) };
  const managedFields = [...entries.filter((entry) => !ours.includes(entry)), joined];
  return { type: 'merge', body: { metadata: { managedFields, ...(metadata['resourceVersion'] !== undefined && { resourceVersion: metadata['resourceVersion'] }) } } };
}

/** Sets of fields are trees of keys. */
function union(a: Json, b: Json): Json {
  if (!isJsonObject(a) || !isJsonObject(b)) return isJsonObject(a) ? a : b;
  const all = { ...a };
  for (const [key, value] of Object.entries(b)) all[key] = key in a ? union(a[key] ?? {}, value) : value;
  return all;
}
