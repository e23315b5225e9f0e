/** JSON nests no deeper: no object of the API comes near, and what walks through objects may recurse. */
export const JSON_DEPTH_MAX = 1000;

/** Whether a tree has more levels than that. Keeps what is open on a list: where the stack is full, the engine may end the process rather than throw. */
export function isDeeperThan<T>(levelsMax: number, root: T, partsOf: (whole: T) => readonly T[]): boolean {
  let level: readonly T[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levelsMax) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

/** The values in a list or an object; none in any other value. */
export function valuesIn(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
