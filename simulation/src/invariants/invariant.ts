import type { History, Version } from '../history/history.ts';

/** What must hold, seen from outside. Each call tells what is wrong, in words; nothing when all is well. */
export interface Invariant {
  name: string;
  /** Each write, in etcd's order, when the history already has it. */
  observe?(version: Version, history: History): string | undefined;
  /** When faults have ended and time enough has passed. */
  atRest?(history: History): Iterable<string>;
}
