import { goJson, isJsonObject, type Json, type JsonObject } from '@kubernode/apimachinery';

/**
 * A patched object as faults of its patch quote it. Keys stand sorted wherever the patch has been, and everywhere in a custom resource; what it left
 * alone in a built-in object (`current` shares it) stands as it is encoded, the revision behind the uid.
 */
export function shownPatched(patched: Json, current: Json | undefined, isCustom: boolean): string {
  return goJson(shown(patched, isCustom ? undefined : current));
}

function shown(value: Json, current: Json | undefined): Json {
  if (value === current) return value;
  if (Array.isArray(value)) return value.map((element, index) => shown(element, Array.isArray(current) ? current[index] : undefined));
  if (!isJsonObject(value)) return value;
  const before = isJsonObject(current) ? current : {};
  const entries = Object.keys(value).sort().map((key): [string, Json] => [key, key === 'metadata' && value[key] === before[key] ? encodedMetadata(value[key]) : shown(value[key] ?? null, before[key])]);
  return Object.fromEntries(entries);
}

/** The revision is spliced in at the front of stored metadata; an encoder would have it after the uid. */
function encodedMetadata(metadata: Json | undefined): Json {
  if (!isJsonObject(metadata)) return metadata ?? null;
  const ordered: JsonObject = {};
  for (const key of ['name', 'generateName', 'namespace', 'uid', 'resourceVersion']) if (metadata[key] !== undefined) ordered[key] = metadata[key];
  return { ...ordered, ...metadata };
}
