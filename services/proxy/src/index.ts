/**
 * Services as iptables rules, with kube-proxy's chain names: services and endpoint slices → service ports (pure) → rules (pure) → only what
 * differs by iptables-restore. What others remove comes back. Not here: IPVS; load balancers' addresses are taken from status.
 */
import type { Command } from '@kubernode/component-base';
import { proxyCommand } from './app/proxy-command.ts';

export const commands: readonly Command[] = [proxyCommand];
export { runProxyProcess, type ProxyHost } from './app/proxy-command.ts';
