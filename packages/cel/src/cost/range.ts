/** A size or cost that lies between two bounds. Both stop growing at MOST, which means "no bound". */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** 2^64: sizes and costs are uint64 in Kubernetes. */
export const MOST: number = 2 ** 64;

export const UNKNOWN: Range = { min: 0, max: MOST };
export const NOTHING: Range = { min: 0, max: 0 };
export const ONE: Range = { min: 1, max: 1 };

export function exactly(value: number): Range {
  return { min: value, max: value };
}

export function add(...ranges: readonly Range[]): Range {
  return { min: capped(ranges.reduce((sum, { min }) => sum + min, 0)), max: capped(ranges.reduce((sum, { max }) => sum + max, 0)) };
}

export function multiply(a: Range, b: Range): Range {
  return { min: capped(a.min * b.min), max: capped(a.max * b.max) };
}

/** Rounded up, as every product with a cost factor is. */
export function scale({ min, max }: Range, factor: number): Range {
  return { min: capped(Math.ceil(min * factor)), max: capped(Math.ceil(max * factor)) };
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function capped(value: number): number {
  return Math.min(value, MOST);
}
