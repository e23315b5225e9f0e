/**
 * Services as rules of the kernel, by iptables or nftables, with kube-proxy's names and shapes: services and endpoint slices → routed ports
 * (pure) → rules (pure) → only what differs is written. What others remove comes back. Not here: IPVS; who gives load balancers addresses.
 */
import type { Command } from '@kubernode/component-base';
import { proxyCommand } from './app/proxy-command.ts';

export const commands: readonly Command[] = [proxyCommand];
export { runProxyProcess, type ProxyHost } from './app/proxy-command.ts';
