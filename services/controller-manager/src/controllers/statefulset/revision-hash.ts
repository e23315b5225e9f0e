import { safeEncode } from '@kubernode/apimachinery';

/** The hash in a StatefulSet's revision names: of the revision's data as Go writes it, and the number of collisions. */
export function revisionHash(data: unknown, collisionCount: number): string {
  return safeEncode(String(fnv32(Buffer.from(`${goJson(data)}${collisionCount}`))));
}

/** FNV-1, the older sibling of FNV-1a. */
function fnv32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}

/** Keys sorted, and what HTML could take for its own escaped. */
function goJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
  return sorted.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
