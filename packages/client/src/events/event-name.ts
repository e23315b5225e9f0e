import { createHash } from 'node:crypto';
import type { Rng } from '@kubernode/base';

const NANOSECONDS_PER_MS = 1_000_000;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_MAX = 253;

/** A name for a new event about an object: that object's, with the time in nanoseconds; of what would be no name, a digest. Chance keeps events of one millisecond apart. */
export function eventName(about: string, nowMs: number, rng: Rng): string {
  const withinMs = Math.floor(rng.next() * NANOSECONDS_PER_MS);
  const name = `${about}.${(BigInt(Math.floor(nowMs)) * BigInt(NANOSECONDS_PER_MS) + BigInt(withinMs)).toString(16)}`;
  return name.length <= NAME_MAX && NAME.test(name) ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
}
