import { randomBytes, randomFillSync } from 'node:crypto';

/** Chance as a dependency. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}

const POOL_SIZE = 4096;
const pool = new Uint32Array(POOL_SIZE);
let used = POOL_SIZE; // numbers of the pool that were given out
/** A call of the operating system's costs microseconds; uids are made by the thousand. */
const BYTE_POOL_SIZE = 4096;
const bytePool = new Uint8Array(BYTE_POOL_SIZE);
let bytesUsed = BYTE_POOL_SIZE;

/** The operating system's randomness; fit for uids, tokens and jitter alike. */
export const systemRng: Rng = {
  next() {
    if (used === POOL_SIZE) { randomFillSync(pool); used = 0; }
    return (pool[used++] ?? 0) / 2 ** 32;
  },
  bytes(count) {
    if (count > BYTE_POOL_SIZE / 8) return randomBytes(count);
    if (bytesUsed + count > BYTE_POOL_SIZE) { randomFillSync(bytePool); bytesUsed = 0; }
    const bytes = bytePool.slice(bytesUsed, bytesUsed + count); // a copy
    bytePool.fill(0, bytesUsed, bytesUsed += count); // given out once, remembered nowhere
    return bytes;
  },
};

/** The same numbers for the same seed (mulberry32). For tests and simulations; never for secrets. */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}
