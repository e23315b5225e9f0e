import { goJson, safeEncode } from '@kubernode/apimachinery';

/** The hash in a StatefulSet's revision names: of the revision's data as Go writes it, and the number of collisions. */
export function revisionHash(data: unknown, collisionCount: number): string {
  return safeEncode(String(fnv32(Buffer.from(`${sortedJson(data)}${collisionCount}`))));
}

/** FNV-1, the older sibling of FNV-1a. */
function fnv32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

/** JSON as Go writes a map: keys sorted by their bytes, which a JavaScript object does not do for keys that look like numbers. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return goJson(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${fields.map(([name, one]) => `${goJson(name)}:${sortedJson(one)}`).join(',')}}`;
}
