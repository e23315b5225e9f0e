/** Ends the process's current work with an error that names a broken invariant: a programmer's fault, never a user's. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`);
}

/** For the end of a switch over a closed set: a new member fails to compile where it is unhandled. */
export function assertNever(value: never, what: string): never {
  throw new Error(`broken invariant: unhandled ${what}: ${String(value)}`);
}
