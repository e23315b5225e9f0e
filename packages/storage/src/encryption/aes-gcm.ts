import { createCipheriv, createDecipheriv, createHmac, randomBytes, type CipherGCMTypes } from 'node:crypto';
import type { ValueTransformer } from './value-transformer.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INFO_BYTES = 32;
export const SEED_BYTES = 32;

/**
 * AES-GCM with the etcd key as authenticated data.
 *
 *     nonce (12) | ciphertext | tag (16)
 *
 * Nonces are random, so a key is good for 2^32 writes. The key has 16, 24 or 32 bytes.
 */
export function aesGcm(key: Buffer): ValueTransformer {
  return {
    fromStorage: (stored, etcdKey) => ({ bytes: open(key, stored, etcdKey), isStale: false }),
    toStorage: (bytes, etcdKey) => seal(key, bytes, etcdKey),
  };
}

/**
 * AES-GCM with a key of its own for each write, derived from the seed: no limit on how often a seed is used.
 *
 *     info (32, random) | nonce | ciphertext | tag        key = HKDF-Expand(SHA-256, seed, info)
 */
export function derivedKeyAesGcm(seed: Buffer): ValueTransformer {
  if (seed.length < SEED_BYTES) throw new Error(`invalid seed length ${seed.length} used for key generation`);
  return {
    fromStorage(stored, etcdKey) {
      if (stored.length < INFO_BYTES) throw tooShort();
      const key = expand(seed, stored.subarray(0, INFO_BYTES));
      return { bytes: open(key, stored.subarray(INFO_BYTES), etcdKey), isStale: false };
    },
    toStorage(bytes, etcdKey) {
      const info = randomBytes(INFO_BYTES);
      return Buffer.concat([info, seal(expand(seed, info), bytes, etcdKey)]);
    },
  };
}

function seal(key: Buffer, bytes: Buffer, etcdKey: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(algorithm(key), key, nonce).setAAD(Buffer.from(etcdKey));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, stored: Buffer, etcdKey: string): Buffer {
  if (stored.length < NONCE_BYTES) throw tooShort();
  if (stored.length < NONCE_BYTES + TAG_BYTES) throw notAuthentic();
  const cipher = createDecipheriv(algorithm(key), key, stored.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(etcdKey)).setAuthTag(stored.subarray(-TAG_BYTES));
  const bytes = cipher.update(stored.subarray(NONCE_BYTES, -TAG_BYTES));
  try { cipher.final(); } catch (cause) { throw notAuthentic(cause); } // GCM has no last block: this only compares tags
  return bytes;
}

function algorithm(key: Buffer): CipherGCMTypes {
  return `aes-${key.length * 8}-gcm` as CipherGCMTypes; // 16, 24 and 32 bytes are all there is, and what the configuration lets pass
}

/** One block of HKDF-Expand is a whole key, so the loop of RFC 5869 has one turn. */
function expand(seed: Buffer, info: Buffer): Buffer {
  return createHmac('sha256', seed).update(info).update(Buffer.of(1)).digest();
}

function tooShort(): Error { return new Error('the stored data was shorter than the required size'); }
function notAuthentic(cause?: unknown): Error { return new Error('cipher: message authentication failed', { cause }); }
