import { createHash } from 'node:crypto';
import type { ServicePort } from '../topology/service-port.ts';

type Prefix = 'KUBE-SVC-' | 'KUBE-SVL-' | 'KUBE-EXT-' | 'KUBE-FW-';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HASH_CHARACTERS = 16;

/** The chain of a service port, named as kube-proxy names it, so that operators find what they know. */
export function serviceChain(prefix: Prefix, { name, protocol }: Pick<ServicePort, 'name' | 'protocol'>): string {
  return `${prefix}${hash(name + protocol)}`;
}

export function endpointChain({ name, protocol }: Pick<ServicePort, 'name' | 'protocol'>, endpoint: string): string {
  return `KUBE-SEP-${hash(name + protocol + endpoint)}`;
}

/** The first characters of the SHA-256 in base 32 (RFC 4648). */
function hash(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of digest) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && out.length < HASH_CHARACTERS) {
      bits -= 5;
      out += BASE32[(value >> bits) & 31] ?? '';
    }
  }
  return out;
}
