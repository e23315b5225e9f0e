import { createHash } from 'node:crypto';

const NANOSECONDS_PER_MS = 1_000_000n;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_MAX = 253;

let counter = 0n;

/** A name for a new event about an object: that object's, with the time in nanoseconds; of what would be no name, a digest. */
export function eventName(about: string, nowMs: number): string {
  counter = (counter + 1n) % NANOSECONDS_PER_MS; // keeps events of one millisecond apart
  const name = `${about}.${(BigInt(Math.floor(nowMs)) * NANOSECONDS_PER_MS + counter).toString(16)}`;
  return name.length <= NAME_MAX && NAME.test(name) ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
}
