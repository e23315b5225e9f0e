import type { Jump } from './rule-set.ts';

/** The host's iptables, as narrow as the proxy needs it; a fake in tests. */
export interface Iptables {
  /** Carries out the input of `iptables-restore --noflush`, all of a table or nothing. Rejects with iptables' own words. */
  restore(input: string): Promise<void>;
  /** Puts a jump in where it is missing. */
  ensureJump(jump: Jump): Promise<void>;
  /** Our chains that are there, by table: for what an earlier run left behind, and for drift. */
  chains(): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}
