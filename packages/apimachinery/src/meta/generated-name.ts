import type { Rng } from '@kubernode/base';

/** No vowels and nothing that looks like another character: suffixes never spell a word. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const BASE_MAX = 63 - SUFFIX_LENGTH;

/** A name from `generateName`: the prefix, cut so that the whole is a DNS label, and five characters by chance. */
export function generateName(prefix: string, rng: Rng): string {
  return prefix.slice(0, BASE_MAX) + randomSuffix(SUFFIX_LENGTH, rng);
}

/** Characters by chance that are safe in any name. */
export function randomSuffix(length: number, rng: Rng): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += ALPHABET.charAt(Math.floor(rng.next() * ALPHABET.length));
  return suffix;
}

/** Maps a hash's decimal digits into the same alphabet, so that no word can come out. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += ALPHABET.charAt(text.charCodeAt(i) % ALPHABET.length);
  return encoded;
}

/** A random UUID, version 4. */
export function newUid(rng: Rng): string {
  const bytes = Buffer.from(rng.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** FNV-1a, 32 bits: the hash behind `pod-template-hash` and its kin. */
export function fnv32a(data: string | Uint8Array): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
