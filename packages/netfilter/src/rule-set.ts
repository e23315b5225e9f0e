export type Table = 'mangle' | 'nat' | 'filter';

/** The chains of one table by name, each with its rules in order, without `-A CHAIN`. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/** Everything that one owner wants in iptables. */
export type RuleSet = Readonly<Partial<Record<Table, Chains>>>;

/** One rule, without `-A CHAIN`. */
export interface Rule { table: Table; chain: string; rule: string }

/** Rules in the kernel's own chains that lead to ours; `position` says whether they go first or last. */
export interface Jump extends Rule { position: 'first' | 'last' }
