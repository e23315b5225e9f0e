/** A node that was not seen yet, or comes back at once, costs no pod. */
const QUARANTINE_MS = 40_000;

/** Since when nodes that pods are bound to have been missing. */
export class MissingNodes {
  readonly #sinceMs = new Map<string, number>();

  /** Takes the names of all that are missing now, and tells which have been for long. Those begin anew: the answer is to be acted on. */
  overdue(missing: ReadonlySet<string>, monotonicMs: number): string[] {
    for (const name of this.#sinceMs.keys()) if (!missing.has(name)) this.#sinceMs.delete(name);
    const overdue: string[] = [];
    for (const name of missing) {
      const since = this.#sinceMs.get(name) ?? monotonicMs;
      this.#sinceMs.set(name, since);
      if (monotonicMs - since < QUARANTINE_MS) continue;
      overdue.push(name);
      this.#sinceMs.delete(name);
    }
    return overdue;
  }
}
