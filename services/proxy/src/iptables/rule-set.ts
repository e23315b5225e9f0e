/** The chains of one table by name, each with its rules in order, without `-A CHAIN`. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/** Everything that the proxy wants in iptables. */
export interface RuleSet { nat: Chains; filter: Chains }

/** Rules in the kernel's own chains that lead to ours; `position` says whether they go first or last. */
export interface Jump { table: 'nat' | 'filter'; chain: string; rule: string; position: 'first' | 'last' }
