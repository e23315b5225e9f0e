import type { Chains, RuleSet } from '@kubernode/netfilter';

/** Everything that the proxy wants in iptables. */
export interface ProxyRules extends RuleSet { nat: Chains; filter: Chains }

/** Chains of single services and endpoints; others may still be jumped to when they are wanted no more. */
export const deletableChains: RegExp = /^KUBE-(SVC|SVL|EXT|SEP|FW)-/;
