import type { Jump, Rule } from './rule-set.ts';

/** The host's iptables, as narrow as its users need it; a fake in tests. */
export interface Iptables {
  /** Carries out the input of `iptables-restore --noflush`, all of a table or nothing. Rejects with iptables' own words. */
  restore(input: string): Promise<void>;
  /** Whether all these rules are there, by one call of a program. */
  has(rules: readonly Rule[]): Promise<boolean>;
  /** Puts a jump in where it is missing. */
  ensureJump(jump: Jump): Promise<void>;
  /** Takes a jump out, as often as it is there. */
  removeJump(jump: Jump): Promise<void>;
  /** The chains named `KUBE-…` that are there, by table, each with the number of its rules: for what an earlier run left behind, and for drift. */
  chains(): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
}
