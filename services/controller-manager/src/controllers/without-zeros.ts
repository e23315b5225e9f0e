/** Without the fields that Kubernetes leaves out when they are zero. */
export function withoutZeros<T extends object>(value: T, kept: readonly (keyof T)[] = []): T {
  return Object.fromEntries(Object.entries(value).filter(([name, one]) => one !== undefined && (kept.includes(name as keyof T) || (one !== 0 && one !== '')))) as T; // the same fields, some left out
}
