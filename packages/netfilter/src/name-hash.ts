import { hash } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HASH_CHARACTERS = 16;

/** The first characters of the SHA-256 in base 32 (RFC 4648): what names of chains and sets end in, as kube-proxy does it. */
export function nameHash(text: string): string {
  const digest = hash('sha256', text, 'buffer');
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(value >> bits) & 31] ?? '';
      if (out.length === HASH_CHARACTERS) return out;
    }
  }
  return out;
}
