const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** The value of a quantity that the API server has validated, as a number for the kernel's knobs: these are rounded anyway. */
export function amount(quantity: string | undefined): number {
  const [, digits = '0', suffix = ''] = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]i?|Ki)?$/.exec(quantity ?? '') ?? [];
  return Number(digits) * (SUFFIXES[suffix] ?? 1);
}

/** Thousandths of a core, rounded up. */
export function milliCpu(quantity: string | undefined): number {
  return Math.ceil(roundTiny(amount(quantity) * 1000));
}

/** Bytes, rounded up. */
export function bytes(quantity: string | undefined): number {
  return Math.ceil(roundTiny(amount(quantity)));
}

/** Takes the noise of binary fractions off before rounding up: 0.1 cores are 100 m, not 101. */
const roundTiny = (value: number): number => Math.round(value * 1e6) / 1e6;
