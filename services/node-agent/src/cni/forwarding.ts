import { ensureChain, familyOfRange, type RunIptables } from './iptables-rules.ts';

/**
 * Forwards what pods send and get where the host's rules drop what nobody accepts, as Docker leaves them; idempotent. Policies have been
 * asked by then: they are in the mangle table.
 */
export async function ensureForwarding(iptables: RunIptables, ranges: readonly string[]): Promise<void> {
  for (const range of ranges) {
    await ensureChain(iptables, { family: familyOfRange(range), table: 'filter', parent: 'FORWARD', name: 'KUBERNODE-FORWARD', comment: 'kubernode: traffic of pods', rules: [['-s', range, '-j', 'ACCEPT'], ['-d', range, '-j', 'ACCEPT']] });
  }
}
