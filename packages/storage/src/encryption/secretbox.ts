import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { ValueTransformer } from './value-transformer.ts';

const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/**
 * NaCl's secretbox: XSalsa20 and Poly1305. A changed value is noticed, a moved one is not. The key has 32 bytes.
 *
 *     nonce (24) | tag (16) | ciphertext
 */
export function secretbox(key: Buffer): ValueTransformer {
  return {
    fromStorage(stored) {
      if (stored.length < NONCE_BYTES + TAG_BYTES) throw new Error('the stored data was shorter than the required size');
      return { bytes: open(key, stored), isStale: false };
    },
    toStorage(bytes) {
      const nonce = randomBytes(NONCE_BYTES);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(bytes)]);
    },
  };
}

function open(key: Buffer, stored: Buffer): Buffer {
  try {
    const { buffer, byteOffset, length } = xsalsa20poly1305(key, stored.subarray(0, NONCE_BYTES)).decrypt(stored.subarray(NONCE_BYTES));
    return Buffer.from(buffer, byteOffset, length);
  } catch (cause) {
    throw new Error('output array was not large enough for encryption', { cause }); // Kubernetes' words for a wrong key
  }
}
