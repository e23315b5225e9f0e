/**
 * Cluster DNS: services and pods by Kubernetes' DNS specification 1.1.0, everything else forwarded and cached for a short while.
 * The zone is a pure function of the caches at the moment of a question. Not here: zone transfers, DNSSEC, other zones.
 */
import type { Command } from '@kubernode/component-base';
import { dnsCommand } from './app/dns-command.ts';

export const commands: readonly Command[] = [dnsCommand];
export { runDnsProcess, type DnsHost } from './app/dns-command.ts';
