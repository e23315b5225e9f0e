/**
 * Network policies as iptables rules and sets of addresses: policies, pods and namespaces → chains and sets (pure) → only what differs by
 * `ipset restore` and `iptables-restore`. Guarantees: a pod that no policy selects is never touched; a rule changes at once or not at all;
 * rules stay while the process restarts; what others change comes back. Not here: traffic of the node itself and of pods on its network.
 */
import type { Command } from '@kubernode/component-base';
import { networkPolicyCommand } from './app/network-policy-command.ts';

export const commands: readonly Command[] = [networkPolicyCommand];
export { removeNetworkPolicies, runNetworkPolicyProcess, type NetworkPolicyHost } from './app/network-policy-command.ts';
