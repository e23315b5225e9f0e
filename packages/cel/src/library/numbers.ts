import { CelError, type Result, Uint } from '../values/value.ts';

export const LEAST_INT: bigint = -(2n ** 63n);
export const MOST_INT: bigint = 2n ** 63n - 1n;
export const MOST_UINT: bigint = 2n ** 64n - 1n;

/** An int64, or the error for what doesn't fit into one. */
export function toInt(value: bigint): Result {
  return value >= LEAST_INT && value <= MOST_INT ? value : new CelError('integer overflow');
}

/** A uint64, or the error for what doesn't fit into one. */
export function toUint(value: bigint): Result {
  return value >= 0n && value <= MOST_UINT ? new Uint(value) : new CelError('unsigned integer overflow');
}
