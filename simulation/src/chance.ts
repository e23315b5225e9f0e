import type { Rng } from '@kubernode/base';

export function oneOf<T>(rng: Rng, choices: readonly T[]): T {
  return choices[Math.floor(rng.next() * choices.length)] as T; // never asked with none
}

/** One of those, each as often as its weight says. */
export function weighted<T extends { weight: number }>(rng: Rng, choices: readonly T[]): T {
  let left = rng.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
  return choices.find(({ weight }) => (left -= weight) < 0) ?? choices[0] as T; // never asked with none
}

/** A whole number, both ends included. */
export function between(rng: Rng, low: number, high: number): number { return low + Math.floor(rng.next() * (high - low + 1)); }
