import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ValueTransformer } from './value-transformer.ts';

const BLOCK_BYTES = 16;

/**
 * AES-CBC with PKCS#7 padding. Nothing vouches for where a value comes from: it may be changed or moved by who can write to etcd.
 *
 *     initialisation vector (16) | ciphertext
 */
export function aesCbc(key: Buffer): ValueTransformer {
  const algorithm = `aes-${key.length * 8}-cbc`;
  return {
    fromStorage(stored) {
      if (stored.length < BLOCK_BYTES) throw new Error('the stored data was shorter than the required size');
      if (stored.length % BLOCK_BYTES !== 0) throw new Error('the stored data is not a multiple of the block size');
      const cipher = createDecipheriv(algorithm, key, stored.subarray(0, BLOCK_BYTES)).setAutoPadding(false); // its own error would not say what is wrong
      return { bytes: withoutPadding(cipher.update(stored.subarray(BLOCK_BYTES))), isStale: false };
    },
    toStorage(bytes) {
      const vector = randomBytes(BLOCK_BYTES);
      const cipher = createCipheriv(algorithm, key, vector);
      return Buffer.concat([vector, cipher.update(bytes), cipher.final()]);
    },
  };
}

function withoutPadding(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  if (count === 0 || count > padded.length) throw new Error('invalid PKCS7 data (empty or not padded)');
  if (padded.subarray(-count).some((byte) => byte !== count)) throw new Error('invalid padding on input');
  return padded.subarray(0, -count);
}
