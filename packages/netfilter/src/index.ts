/**
 * The host's packet filter by its own programs: iptables of both families, and ipset. What is wanted is data (tables of chains, sets of
 * members); what differs from the data that was applied is a pure function; only that is written, each table at once or not at all.
 * Guarantees: nothing is touched but the chains, jumps and sets that a caller names. Not here: what the rules say.
 */
export { chooseBackend } from './choose-backend.ts';
export { createHostIptables, type Backend, type HostIptablesOptions } from './host-iptables.ts';
export { createHostIpSet } from './host-ip-set.ts';
export { environmentWithSbin } from './environment-with-sbin.ts';
export { planIpSets, type IpSet, type IpSetKind, type IpSets, type IpSetTool } from './ip-set.ts';
export type { Iptables } from './iptables.ts';
export { nameHash } from './name-hash.ts';
export { planRestore, sameRules } from './plan-restore.ts';
export type { Chains, Jump, Rule, RuleSet, Table } from './rule-set.ts';
