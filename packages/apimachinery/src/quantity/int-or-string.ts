/** A number or a percentage (or, for ports, a name). */
export type IntOrString = number | string;

/** The share in percent, `25` of `25%`; undefined for whatever is no percentage. */
export function percentOf(value: IntOrString): number | undefined {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
}

/**
 * A count that is given as such or as a share of `total`.
 * @returns undefined when the text is no percentage.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) return undefined;
  return round === 'up' ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100);
}
